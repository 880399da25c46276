/** Of a stream only key frames are decoded, or fewer pictures analysed: the rest is left out, counted, and missed by nobody. */
import { expect, test } from 'vitest';
import { startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { footage } from '../support/paths.js';
import { until } from '../support/wait.js';

const FPS = 10;
const FEW = 2;
/** Longer than ten intervals of the declared frame rate: what key frames alone would be called stalled by. */
const FRAMES = 10 * FPS;

test('the spec says which frames of a stream are analysed', async () => {
  await using nats = await startNats();
  const file = footage('vtest-576.h264');
  await using cameras = await startCamsim({ cameras: [{ id: 'square', file, fps: FPS }] });
  const camera = `uri: "${cameras.uris.square}", fps: ${FPS}`;
  await using appliance = await startAppliance(`
appliance: few
nats: {url: "${nats.url}"}
pipelines:
  - id: main
    detector: {model: synthetic}
    streams:
      - {id: all, ${camera}}
      - {id: key, ${camera}, decode: key-frames}
      - {id: few, ${camera}, maxFps: ${FEW}}
`);
  const ids = ['all', 'key', 'few'] as const;
  await until('each has come far', async () => {
    const rows = await Promise.all(ids.map((id) => appliance.row(id)));
    return rows.every(({ received }) => received >= FRAMES);
  });
  const [all, key, few] = await Promise.all([
    appliance.row('all'),
    appliance.row('key'),
    appliance.row('few'),
  ]);
  expect([all.skipped, all.state, key.state, few.state]).toEqual([0, 'live', 'live', 'live']);
  expect([all, key, few].flatMap(({ incidents }) => Object.values(incidents)).filter((n) => n > 0)).toEqual(
    [],
  );
  expect(key.frames).toBeGreaterThan(0);
  expect(key.skipped).toBeGreaterThan(5 * key.frames);
  // Beginnings and ends are uneven.
  expect(few.frames / few.received).toBeGreaterThan((0.8 * FEW) / FPS);
  expect(few.frames / few.received).toBeLessThan((1.2 * FEW) / FPS);
  for (const row of [key, few]) {
    const inFlight = 3;
    const ended =
      row.undecodable + row.skipped + row.decodeErrors + row.dropped.encoded + row.dropped.decoded;
    expect(row.received - ended - row.frames, row.id).toBeGreaterThanOrEqual(0);
    expect(row.received - ended - row.frames, row.id).toBeLessThanOrEqual(inFlight + FPS);
  }
}, 60_000);
