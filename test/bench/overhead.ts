/**
 * What the appliance costs beyond its floor: CPU seconds of the whole process against the same decoding into a
 * fakesink plus the same number of inferences, each alone. All three are measured in turns in one run.
 * Usage: npx tsx test/bench/overhead.ts [--streams 8] [--seconds 20] [--rounds 3] [--json]
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startAppliance } from '../support/appliance.js';
import { type Camsim, startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { root } from '../support/paths.js';
import { Running } from '../support/process.js';
import { until } from '../support/wait.js';

const FPS = 15;
const RATE = 4;
const MODEL = join(root, '.cache/models/nanodet-320x256.onnx');
const TICKS = 100; // USER_HZ on every Linux that Node runs on

/** CPU seconds of a process since it began, all threads. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

interface Sample {
  readonly cpu: number;
  readonly frames: number;
  readonly inferences: number;
}

async function sentBy(cameras: Camsim): Promise<number> {
  return Object.values(await cameras.stats()).reduce((sum, each) => sum + each.framesSent, 0);
}

async function measureAppliance(cameras: Camsim, nats: string, seconds: number): Promise<Sample> {
  const streams = Object.entries(cameras.uris).map(
    ([id, uri]) => `      - {id: ${id}, uri: "${uri}", fps: ${FPS}}`,
  );
  await using appliance = await startAppliance(`
appliance: bench
nats: {url: "${nats}"}
pipelines:
  - id: main
    slots: ${streams.length}
    mux: {width: 640, height: 360}
    detector: {model: nanodet-320x256, rate: ${RATE}}
    streams:
${streams.join('\n')}
`);
  const rows = async () => (await appliance.channel.status()).flatMap((worker) => worker.streams);
  const totals = async () =>
    (await rows()).reduce((t, r) => ({ frames: t.frames + r.frames, inferred: t.inferred + r.inferred }), {
      frames: 0,
      inferred: 0,
    });
  await until('all streams are live', async () => (await rows()).every((row) => row.frames > FPS));
  // Supervisor and worker.
  const processes = [appliance.pid, ...(await appliance.workers())];
  const cpuOfAll = () => processes.reduce((sum, pid) => sum + cpuOf(pid), 0);
  const [before, cpu] = [await totals(), cpuOfAll()];
  await sleep(seconds * 1000);
  const [after, spent] = [await totals(), cpuOfAll() - cpu];
  return { cpu: spent, frames: after.frames - before.frames, inferences: after.inferred - before.inferred };
}

/** The same streams through the same decoder, and nothing else. */
async function measureDecoding(cameras: Camsim, seconds: number): Promise<Sample> {
  const chain = (uri: string) =>
    `rtspsrc location=${uri} protocols=tcp latency=200 ! rtph264depay ! h264parse ! avdec_h264 max-threads=1 ! fakesink sync=false`;
  const args = Object.values(cameras.uris).flatMap((uri) => chain(uri).split(' '));
  const child = new Running('gst-launch-1.0', ['-q', ...args]);
  try {
    const idle = await sentBy(cameras);
    await until(
      'all streams flow',
      async () => (await sentBy(cameras)) > idle + 2 * FPS * Object.keys(cameras.uris).length,
    );
    const [before, cpu] = [await sentBy(cameras), cpuOf(child.pid)];
    await sleep(seconds * 1000);
    const [after, spent] = [await sentBy(cameras), cpuOf(child.pid) - cpu];
    return { cpu: spent, frames: after - before, inferences: 0 };
  } finally {
    await child.stop();
  }
}

/** `count` inferences by the same runtime with the same options, in a process of their own. */
async function measureInference(count: number): Promise<Sample> {
  const program = `
    import * as ort from 'onnxruntime-node';
    const session = await ort.InferenceSession.create(${JSON.stringify(MODEL)}, { intraOpNumThreads: 1, graphOptimizationLevel: 'all' });
    const input = new ort.Tensor('float32', new Float32Array(3 * 256 * 320), [1, 3, 256, 320]);
    for (let i = 0; i < 5; i++) await session.run({ input });
    const before = process.cpuUsage();
    for (let i = 0; i < ${count}; i++) await session.run({ input });
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return { cpu: Number(text), frames: 0, inferences: count };
}

const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { streams: text, seconds: text, rounds: text, json: { type: 'boolean' } },
});
const [streams, seconds, rounds] = [
  Number(values.streams ?? 8),
  Number(values.seconds ?? 20),
  Number(values.rounds ?? 3),
];

await using nats = await startNats();
await using cameras = await startCamsim({
  cameras: Array.from({ length: streams }, (_, i) => ({
    id: `cam-${i + 1}`,
    file: join(root, '.cache/footage/vtest-360p.h264'),
    fps: FPS,
    start: i * 60,
  })),
});
const ratios: number[] = [];
for (let round = 1; round <= rounds; round++) {
  const appliance = await measureAppliance(cameras, nats.url, seconds);
  const decoding = await measureDecoding(cameras, seconds);
  const inference = await measureInference(appliance.inferences);
  const decode = (decoding.cpu / decoding.frames) * appliance.frames;
  const ratio = appliance.cpu / (decode + inference.cpu);
  ratios.push(ratio);
  console.error(
    `round ${round}: appliance ${appliance.cpu.toFixed(2)} s for ${appliance.frames} frames and ${appliance.inferences} inferences; ` +
      `floor ${(decode + inference.cpu).toFixed(2)} s (decoding ${decode.toFixed(2)}, inference ${inference.cpu.toFixed(2)}); ratio ${ratio.toFixed(3)}`,
  );
}
const result = { streams, fps: FPS, rate: RATE, rounds, ratio: median(ratios), ratios };
console.log(
  values.json
    ? JSON.stringify(result)
    : `CPU of the appliance over its floor: ${result.ratio.toFixed(2)} (median of ${rounds})`,
);
