/** The life of a pipeline's process: told what to run, it runs until its supervisor says so, or is gone. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { loadBinding } from '../native/loader.js';
import type { PipelineSpec } from '../spec/types.js';
import { faultOf, processUsage, serveChannel } from './channel.js';
import { createLogger } from './log.js';
import type { Parent } from './parent.js';
import { BEAT_MS, type StartMessage } from './protocol.js';
import { Redactor } from './redact.js';
import { RemoteTurns } from './remote-turns.js';
import type { StreamRow } from './status.js';
import { Worker } from './worker.js';

/** A worker that is told to go takes this long at most: its supervisor, or systemd, would kill it. */
const STOP_MS = 3_000;
/** Silence of the supervisor that is worth a line. The pipeline goes on: only its channel's end ends it. */
const SILENT_MS = 10_000;
const LAG_RESOLUTION_MS = 20;

export async function runWorkerProcess(parent: Parent): Promise<void> {
  // Ctrl-C, and whoever stops a group, meets every process of it; the supervisor decides what follows.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const asked = new Promise<void>((resolve) => parent.on('stop', () => resolve()));
  const told = new Promise<StartMessage>((resolve) => parent.on('start', resolve));
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  const beat = setInterval(() => sendBeat(parent, lag), BEAT_MS);
  parent.send({ type: 'up' });
  const start = await Promise.race([told, asked, parent.gone]);
  if (start) await run(parent, start, asked);
  clearInterval(beat);
  // Native threads that hang must not keep the process.
  process.exit();
}

function sendBeat(parent: Parent, lag: IntervalHistogram): void {
  const loopLagMs = Math.max(0, lag.max / 1e6 - LAG_RESOLUTION_MS);
  lag.reset();
  const { cpuSeconds } = processUsage();
  parent.send({ type: 'beat', rssBytes: process.memoryUsage.rss(), cpuSeconds, loopLagMs });
}

async function run(parent: Parent, start: StartMessage, asked: Promise<void>): Promise<void> {
  let worker: Worker;
  try {
    worker = await startWorker(parent, start);
  } catch (error) {
    return fail(parent, error);
  }
  serve(worker);
  const failure = await Promise.race([worker.failed, asked, parent.gone]);
  if (failure) return fail(parent, failure);
  const kill = setTimeout(() => process.exit(1), STOP_MS);
  await worker.stop();
  clearTimeout(kill);
}

async function startWorker(parent: Parent, start: StartMessage): Promise<Worker> {
  const { spec, hideMemory, logLevel, breadcrumb } = start;
  const binding = loadBinding();
  if (hideMemory) binding.hideMemory?.();
  binding.armBreadcrumb?.(breadcrumb);
  const redactor = new Redactor();
  const write = (line: string) => parent.send({ type: 'log', line });
  const log = createLogger({ level: logLevel, readable: false, redactor, write });
  warnOfSilence(parent, () => log.warn(`the supervisor has been silent for ${SILENT_MS / 1000} s`));
  const turns = new RemoteTurns((turn, want) => parent.send({ type: 'turn', turn, want }));
  parent.on('granted', ({ turn }) => turns.granted(turn));
  const pipeline = spec.pipelines.find(({ id }) => id === start.pipeline) as PipelineSpec;
  const onStream = (row: StreamRow) => parent.send({ type: 'stream', row });
  const env = { ...process.env, XDG_RUNTIME_DIR: start.dir };
  return Worker.start({
    ...{ spec, pipeline, binding, log, redactor, budget: turns, env, onStream },
    spool: start.spool,
  });
}

function warnOfSilence(parent: Parent, warn: () => void): void {
  const timer = setTimeout(warn, SILENT_MS);
  parent.on('supervisor-beat', () => timer.refresh());
}

function serve(worker: Worker): void {
  serveChannel({
    add: (stream) => worker.add(stream),
    update: (stream) => worker.update(stream),
    remove: (id) => worker.remove(id),
    restart: (id) => worker.restart(id),
    snapshot: (id, options) => worker.snapshot(id, options),
    status: async () => [worker.status()],
    usage: async () => processUsage(),
  });
}

/** Said before the end, which follows at once: after a failure no native call can be trusted. */
async function fail(parent: Parent, error: unknown): Promise<void> {
  await parent.last({ type: 'failed', fault: faultOf(error) });
  process.exitCode = 1;
}
