/** Messages as a client of another make reads them, held to the published schema. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { footage, H264, root } from '../support/paths.js';
import { run } from '../support/process.js';
import { withTempDir } from '../support/temp.js';
import { wireFaults } from '../support/wire.js';

const COUNT = 60;

test(`a C client reads ${COUNT} messages and all fit the schema`, async () => {
  await withTempDir(async (dir) => {
    const reader = join(dir, 'reader');
    const flags = (await run('pkg-config', ['--cflags', '--libs', 'libnats'])).stdout.trim().split(/\s+/);
    const source = join(root, 'test/e2e/reader/reader.c');
    const built = await run('cc', ['-Wall', '-Wextra', '-Werror', '-o', reader, source, ...flags]);
    expect(built.stderr).toBe('');

    await using nats = await startNats();
    const reading = run(reader, [nats.url, 'weir.gate.>', String(COUNT)]);
    await using cameras = await startCamsim({
      cameras: [
        { id: 'avc', file: H264, fps: 15 },
        { id: 'hevc', file: footage('vtest-360p.h265'), fps: 15, codec: 'h265' },
      ],
    });
    await using _appliance = await startAppliance(`
appliance: gate
nats: {url: "${nats.url}"}
pipelines:
  - id: main
    mux: {width: 640, height: 360}
    detector: {model: nanodet-320x256, rate: 5}
    tracker: {probationAge: 1}
    streams:
      - {id: avc, uri: "${cameras.uris.avc}"}
      - {id: hevc, uri: "${cameras.uris.hevc}", transport: udp}
`);
    const read = await reading;
    expect(read.stderr).toBe('');
    const lines = read.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(COUNT);
    const kinds = new Map<string, number>();
    for (const line of lines) {
      const [subject = '', payload = ''] = line.split('\t');
      const message = JSON.parse(payload) as { stream: string; schema: string; objects?: unknown[] };
      expect(wireFaults(message), line).toEqual([]);
      expect(subject.split('.')[2]).toBe(message.stream);
      kinds.set(subject, (kinds.get(subject) ?? 0) + 1);
    }
    expect([...kinds.keys()].sort()).toEqual(
      ['avc', 'hevc'].flatMap((id) =>
        ['detections', 'events.live', 'status'].map((s) => `weir.gate.${id}.${s}`),
      ),
    );
  });
}, 60_000);
