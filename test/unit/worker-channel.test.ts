import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ChannelClient } from '../../src/worker/channel.js';
import { root } from '../support/paths.js';

function start() {
  const child = fork(join(root, 'test/support/channel-child.ts'), [], {
    serialization: 'advanced',
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return { child, channel: new ChannelClient(child) };
}

let { child, channel } = {} as ReturnType<typeof start>;
beforeAll(async () => {
  ({ child, channel } = start());
  await channel.ready;
});
afterAll(async () => {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
});

it('carries arguments and results as they are', async () => {
  const add = await channel.add({ id: 'a', fps: 5 }, 'main');
  expect(add).toEqual({ changed: true, stream: { id: 'add {"id":"a","fps":5} main' } });
  expect((await channel.remove('a')).stream?.id).toBe('remove a');
  expect(Buffer.from(await channel.snapshot('a')).toString()).toBe('a');
  expect(await channel.status()).toEqual([]);
});

it('carries failures with code, words and remedy', async () => {
  await expect(channel.update({})).rejects.toMatchObject({
    ...{ code: 'STREAM_UNKNOWN', exitCode: 64, message: 'no stream "x"', remedy: 'add it' },
  });
  await expect(channel.restart('a')).rejects.toMatchObject({
    code: 'INTERNAL',
    message: expect.stringContaining('a fault of ours'),
  });
});

it('refuses what is not an operation, has no id where one belongs, or cannot be sent', async () => {
  const answer = once(child, 'message');
  child.send({ id: -1, operation: 'toString', args: [] });
  expect((await answer)[0]).toEqual({
    ...{ type: 'fault', id: -1, fault: { code: 'USAGE', message: 'no operation "toString"' } },
  });
  await expect(channel.remove(7 as unknown as string)).rejects.toMatchObject({
    ...{ code: 'USAGE', message: 'remove: expected the id of a stream' },
  });
  await expect(channel.add(() => undefined)).rejects.toMatchObject({ code: 'USAGE' });
});

it('refuses what is pending when the child ends, and all that comes after', async () => {
  await expect(channel.usage()).rejects.toMatchObject({
    ...{ code: 'PIPELINE_FAILED', message: 'the appliance ended (exit code 3)' },
  });
  await expect(channel.status()).rejects.toMatchObject({ code: 'PIPELINE_FAILED' });
});
