/** Names that are not known, and a resolver that takes ten seconds: nobody else notices. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import type { Lookup } from '../../src/net/index.js';
import { startCamsim } from '../support/camsim.js';
import { startLocal } from '../support/local-worker.js';
import { startNats } from '../support/nats.js';
import { H264 } from '../support/paths.js';
import { specText } from '../support/spec.js';
import { until } from '../support/wait.js';

function spec(nats: string, uris: Readonly<Record<string, string>>): string {
  const streams = Object.entries(uris).map(([id, uri]) => ({ id, uri, fps: 15 }));
  return specText(nats, { detector: { model: 'synthetic', rate: 2 }, streams });
}

/** The resolver of a site whose uplink is down: every name takes ten seconds and then fails. */
function slowLookup(signal: AbortSignal): { readonly lookup: Lookup; readonly asked: string[] } {
  const asked: string[] = [];
  const lookup: Lookup = (name) => {
    asked.push(name);
    return new Promise((_resolve, reject) => {
      const fail = () => reject(Object.assign(new Error('lookup'), { code: 'EAI_AGAIN' }));
      const timer = setTimeout(fail, 10_000);
      signal.addEventListener('abort', () => clearTimeout(timer));
    });
  };
  return { lookup, asked };
}

test('a slow resolver delays only the cameras that need it', async () => {
  await using nats = await startNats();
  await using cameras = await startCamsim({ cameras: [{ id: 'good', file: H264, fps: 15 }] });
  const test = new AbortController();
  const { lookup, asked } = slowLookup(test.signal);
  const names = Object.fromEntries([1, 2, 3].map((n) => [`slow-${n}`, `rtsp://camera-${n}.example/x`]));
  const uris = { good: `${cameras.uris.good}`, ...names };
  await using local = await startLocal(spec(nats.url, uris), { lookup });
  const { row } = local;
  const frames = (): number => row('good').frames;
  await until('the good camera is live', () => row('good').state === 'live');
  expect(asked.length).toBeGreaterThan(0);

  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const before = frames();
  const lost = () => Object.keys(names).every((id) => (row(id).losses.dns ?? 0) > 0);
  await until('every slow name is given up', lost);
  await until('the good camera went on', () => frames() >= before + 30);
  delay.disable();
  test.abort();
  expect(row('slow-1')).toMatchObject({ message: 'camera-1.example: no answer within 3.0 s' });
  expect(row('good')).toMatchObject({ state: 'live', epoch: 1, attempt: 0 });
  // Wanted are 50 ms; what else this machine does at the moment is allowed for.
  expect(delay.percentile(99) / 1e6).toBeLessThan(250);
});

test('a name nobody knows is told as such', async () => {
  await using nats = await startNats();
  await using cameras = await startCamsim({ cameras: [{ id: 'good', file: H264, fps: 15 }] });
  const uris = { good: `${cameras.uris.good}`, nowhere: 'rtsp://camera.invalid/x' };
  await using local = await startLocal(spec(nats.url, uris));
  const { row } = local;
  await until('its cause is told', () => row('nowhere').cause === 'dns');
  expect(row('nowhere')).toMatchObject({ state: 'waiting' });
  expect(row('nowhere').message).toMatch(
    /^camera\.invalid: (name not known|the name server does not answer)$/,
  );
  await until('the good camera is live', () => row('good').state === 'live');
});
