/** What systemd is told by an appliance that it started, and whether its unit is sound. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLI } from '../support/appliance.js';
import { root } from '../support/paths.js';
import { run, Running } from '../support/process.js';
import { specText } from '../support/spec.js';
import { tempDir } from '../support/temp.js';

const UNIT = join(root, 'scripts/systemd/weir.service');

test('systemd is told that it is ready, that it lives, that it reads its spec anew, and that it stops', async () => {
  await using dir = await tempDir();
  const [socket, file] = [join(dir.path, 'notify'), join(dir.path, 'weir.yaml')];
  await writeFile(file, specText('nats://127.0.0.1:1', { streams: [] }));
  await using systemd = new Running('perl', [join(root, 'test/support/notify-listener.pl'), socket]);
  await systemd.line((line) => line === 'listening');
  await using appliance = new Running(process.execPath, [CLI, 'up', file], {
    env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '300000', WATCHDOG_PID: undefined },
  });
  const said = (start: string) => systemd.line((line) => line.startsWith(start), { from: heard });
  let heard = 0;
  expect(await said('READY=1')).toBe('READY=1 STATUS=0 streams');
  for (let time = 0; time < 3; time++) {
    heard = systemd.lines.length;
    await said('WATCHDOG=1');
  }
  heard = systemd.lines.length;
  appliance.kill('SIGHUP');
  expect(await said('RELOADING=1')).toMatch(/^RELOADING=1 MONOTONIC_USEC=\d+$/);
  await said('READY=1');
  appliance.kill('SIGTERM');
  await said('STOPPING=1');
  expect(await appliance.ended()).toMatchObject({ code: 0 });
});

test('the unit is one that systemd takes, and is hardened', async () => {
  await using dir = await tempDir();
  const unit = join(dir.path, 'weir.service');
  // The command need not be installed here.
  await writeFile(unit, (await readFile(UNIT, 'utf8')).replace('/usr/bin/weir', process.execPath));
  const verified = await run('systemd-analyze', ['verify', unit]);
  expect([verified.code, verified.stderr]).toEqual([0, '']);
  const exposure = await run('systemd-analyze', ['security', '--offline=true', '--threshold=25', unit]);
  expect(exposure.code, exposure.stdout).toBe(0);
});

test('the unit says what the appliance relies on', async () => {
  const text = await readFile(UNIT, 'utf8');
  const values = Object.fromEntries(
    [...text.matchAll(/^([A-Za-z]+)=(.*)$/gm)].map(([, key = '', value]) => [key, value]),
  );
  expect(values).toMatchObject({
    ...{ Type: 'notify', NotifyAccess: 'main', KillMode: 'mixed', Restart: 'always' },
    ...{ StartLimitIntervalSec: '0', StateDirectory: 'weir', RuntimeDirectory: 'weir', LimitCORE: '0' },
    ...{ NoNewPrivileges: 'yes', ProtectSystem: 'strict', PrivateTmp: 'yes' },
  });
  expect(Number(values.WatchdogSec)).toBeGreaterThan(10);
  // V8 and CUDA compile code.
  expect(values).not.toHaveProperty('MemoryDenyWriteExecute');
});
