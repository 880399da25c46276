/**
 * Where the appliance's CPU time goes: samples of its worker by thread, library and function, and the share of the
 * supervisor and the message broker, which are processes of their own.
 * Usage: scripts/bench profile [--streams 32] [--rate 1] [--seconds 8] [--model nanodet-320x256] [--json]
 */
import { join } from 'node:path';
import { startNats } from '../support/nats.js';
import { run } from '../support/process.js';
import { tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';
import { startWeir } from './contestants/weir.js';
import { benchFootage } from './lib/footage.js';
import { benchOptions } from './lib/options.js';
import { cpuOfTree } from './lib/processes.js';
import { parseShares, type Share } from './lib/perf.js';
import { conclude } from './lib/results.js';
import { benchModel, startCameras } from './lib/scene.js';
import type { Table } from './lib/table.js';

export interface ProfileFindings {
  readonly streams: number;
  readonly model: string;
  /** Of the worker's samples, 0 to 1. */
  readonly threads: readonly Share[];
  readonly libraries: readonly Share[];
  readonly functions: readonly Share[];
  /** CPU seconds per second. */
  readonly processes: readonly Share[];
}

const SAMPLES_PER_SECOND = 299; // no divisor of anything that happens regularly
const SHOWN = 14;

const { values, json } = benchOptions({ ...{ streams: 32, rate: 1, seconds: 8, model: 'nanodet-320x256' } });
const { streams, rate, seconds, model: name } = values;
const scene = { streams, rate, footage: await benchFootage('360p'), model: benchModel(name) };

await using dir = await tempDir();
await using nats = await startNats();
await using cameras = await startCameras(scene);
await using weir = await startWeir(scene, cameras, nats.url);
await until('every stream flows', async () => (await weir.counts()).every(({ frames }) => frames > 30), {
  timeoutMs: 60_000,
});

const [worker = -1] = await weir.appliance.workers();
const cpu = () => {
  const [all, ofWorker, broker] = [weir.appliance.pid, worker, nats.pid].map(cpuOfTree) as [
    number,
    number,
    number,
  ];
  return {
    worker: ofWorker,
    supervisor: all - ofWorker,
    'nats-server': broker,
    'simulated cameras': cpuOfTree(cameras.pid),
  };
};
const file = join(dir.path, 'samples');
const before = cpu();
await perf([
  'record',
  '-F',
  String(SAMPLES_PER_SECOND),
  '-p',
  String(worker),
  '-o',
  file,
  '--',
  'sleep',
  String(seconds),
]);
const after = cpu();

async function perf(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('perf', args, { timeoutMs: 120_000 });
  if (code !== 0) throw new Error(`perf ${args[0]} failed (${code}): ${stderr}${stdout}`);
  return stdout;
}

const by = async (key: 'comm' | 'dso' | 'dso,symbol'): Promise<Share[]> =>
  parseShares(await perf(['report', '--stdio', '-q', '-i', file, '--percent-limit', '0.3', '--sort', key]));

const findings: ProfileFindings = {
  ...{ streams, model: name },
  threads: await by('comm'),
  libraries: await by('dso'),
  functions: await by('dso,symbol'),
  processes: Object.entries(after).map(([what, now]) => ({
    what,
    share: (now - before[what as keyof typeof before]) / seconds,
  })),
};
const table = (
  title: string,
  head: string,
  shares: readonly Share[],
  digits: (share: number) => string,
): Table => ({
  title,
  head: [head, 'share'],
  rows: shares.slice(0, SHOWN).map(({ what, share }) => [what, digits(share)]),
});
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
conclude(
  'profile',
  findings,
  [
    table(`Cores that ${streams} streams take, by process`, 'process', findings.processes, (s) =>
      s.toFixed(2),
    ),
    table("The worker's CPU time by thread", 'thread', findings.threads, percent),
    table('… by library', 'library', findings.libraries, percent),
    table('… by function', 'function', findings.functions, percent),
  ],
  json,
);
