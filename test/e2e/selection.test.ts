/** Of a stream only key frames are decoded, or fewer pictures analysed: the rest is left out, counted, and missed by nobody. */
import { expect, test } from 'vitest';
import { type Appliance, startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { footage } from '../support/paths.js';
import { until } from '../support/wait.js';

const FPS = 10;
const FEW = 2;
/** Longer than ten intervals of the declared frame rate: what key frames alone would be called stalled by. */
const FRAMES = 10 * FPS;

/** The connection stays, whatever is asked for, and no picture is spoilt. */
async function changes(appliance: Appliance, uri: string | undefined): Promise<void> {
  const update = (more: object) => appliance.channel.update({ id: 'all', uri, fps: FPS, ...more });
  const before = await appliance.row('all');
  expect((await update({ decode: 'keyframes' })).changed).toBe(true);
  const keys = await until('only key frames', async () => {
    const row = await appliance.row('all');
    return row.skipped > 2 * FPS && row;
  });
  expect(keys.decoding).toMatchObject({ mode: 'keyframes', why: 'as the spec says' });
  await update({ maxFps: FEW });
  await update({});
  const after = await until('all frames again', async () => {
    const row = await appliance.row('all');
    return row.frames > keys.frames + 2 * FPS && row;
  });
  const calm = await until('for a while', async () => {
    const row = await appliance.row('all');
    return row.frames > after.frames + FPS && row;
  });
  expect(calm.skipped).toBe(after.skipped);
  const { epoch, state, losses, decodeErrors } = calm;
  expect({ epoch, state, losses, decodeErrors }).toEqual({
    ...{ epoch: before.epoch, losses: before.losses },
    ...{ state: 'live', decodeErrors: 0 },
  });
}

/** Once it is known that key frames come as often as the detector looks. */
async function decodesLess(appliance: Appliance): Promise<void> {
  const row = await until('key frames alone are decoded', async () => {
    const now = await appliance.row('auto');
    return now.decoding.mode === 'keyframes' && now.skipped > FPS && now;
  });
  expect(row.decoding).toMatchObject({
    why: 'key frames come every 1 s, detector.rate is 1',
    keyFrameSeconds: 1,
  });
  expect(row).toMatchObject({ epoch: 1, state: 'live', decodeErrors: 0 });
}

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
      - {id: key, ${camera}, decode: keyframes}
      - {id: few, ${camera}, maxFps: ${FEW}}
  - id: seldom
    detector: {model: synthetic, rate: 1}
    streams:
      - {id: auto, ${camera}, decode: auto}
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
  await changes(appliance, cameras.uris.square);
  await decodesLess(appliance);
}, 60_000);
