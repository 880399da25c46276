/** The demo: everything on this machine, shown while it runs, and gone when it ends. */
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { subject } from '../../sinks/subjects.js';
import { WeirError } from '../../spec/error.js';
import type { ChannelClient } from '../../worker/channel.js';
import type { StreamRow, WorkerStatus } from '../../worker/status.js';
import { print, say, untilStopped } from '../io.js';
import { LiveTable } from '../table.js';
import { type ApplianceProcess, startAppliance } from './appliance-process.js';
import { renderStatus, summarise } from './report.js';
import { DEMO_APPLIANCE, demoSpec, type SceneName, sceneCameras } from './scene.js';
import { startCameras, startNatsServer } from './servers.js';
import { TrackCounter } from './track-counter.js';

export interface DemoOptions {
  readonly streams: number;
  /** Seconds. */
  readonly for?: number;
  readonly rate: number;
  readonly scene: SceneName;
  readonly out?: string;
  readonly json?: true;
}

const JSON_SECONDS = 20;
const REFRESH_MS = 500;
/** Pictures are taken when streams have been live this long: objects then have tracks. */
const PICTURE_AFTER_MS = 4_000;

export async function runDemo(options: DemoOptions): Promise<void> {
  const stopped = untilStopped();
  const cameras = sceneCameras(options.scene, options.streams);
  const out = folder(options.out ?? join(tmpdir(), 'weir-demo'));
  await using scratch = await scratchFolder();
  say('starting nats-server, cameras and the appliance');
  await using nats = await startNatsServer(scratch.path);
  await using simulator = await startCameras(cameras);
  const streams = cameras.map(({ id }, i) => ({ id, uri: simulator.uris[i] ?? '' }));
  const spec = join(out, 'weir.yaml');
  await writeFile(spec, demoSpec({ scene: options.scene, rate: options.rate, nats: nats.url, streams }));
  const scope = { prefix: 'weir', appliance: DEMO_APPLIANCE };
  await using tracks = new TrackCounter(nats.url, subject(scope, '*', 'detections'));
  await using appliance = await startAppliance(spec, join(out, 'appliance.log'), scratch.path);
  say(
    `spec ${spec}, log ${join(out, 'appliance.log')}, NATS ${nats.url}, subjects ${subject(scope, '*', '*')}`,
  );
  say(`in another terminal: weir status --watch --spec ${spec}`);

  const seconds = options.for ?? (options.json ? JSON_SECONDS : undefined);
  const pictures = new Pictures(appliance.channel, out);
  const last = await show(appliance, {
    seconds,
    stopped,
    pictures,
    out: options.json ? process.stderr : process.stdout,
  });
  await pictures.complete(last);
  const summary = summarise(await appliance.channel.status(), await appliance.channel.usage(), (id) =>
    tracks.count(id),
  );
  const talk = options.json ? say : print;
  for (const file of pictures.saved) talk(`picture ${file}`);
  for (const fault of pictures.faults) say(fault);
  if (options.json) print(JSON.stringify(summary));
  else
    print(`CPU of the appliance: ${summary.cpuSeconds.toFixed(1)} s in ${summary.wallSeconds.toFixed(1)} s`);
}

interface ShowOptions {
  readonly seconds: number | undefined;
  readonly stopped: Promise<void>;
  readonly pictures: Pictures;
  readonly out: NodeJS.WriteStream;
}

/** The live table until time is up or somebody stops it; the last status. */
async function show(
  appliance: ApplianceProcess,
  { seconds, stopped, pictures, out }: ShowOptions,
): Promise<WorkerStatus[]> {
  const table = new LiveTable(out);
  const end = seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1000;
  let over = false;
  void stopped.then(() => {
    over = true;
  });
  for (;;) {
    const statuses = await appliance.channel.status();
    over ||= performance.now() >= end;
    table.show(renderStatus(statuses), over);
    if (over) return statuses;
    pictures.take(statuses);
    await Promise.race([sleep(Math.min(REFRESH_MS, Math.max(0, end - performance.now()))), stopped]);
  }
}

/** One annotated picture per camera. */
class Pictures {
  readonly saved: string[] = [];
  readonly faults: string[] = [];
  readonly #taking = new Map<string, Promise<void>>();

  constructor(
    private readonly channel: Pick<ChannelClient, 'snapshot'>,
    private readonly out: string,
  ) {}

  /** Of streams that have been live for a while and show something. */
  take(statuses: readonly WorkerStatus[]): void {
    for (const stream of rows(statuses)) {
      const liveMs = Date.now() - Date.parse(stream.since);
      if (stream.state === 'live' && liveMs >= PICTURE_AFTER_MS && stream.objects > 0) this.#start(stream.id);
    }
  }

  /** Of all live streams that have none yet. */
  async complete(statuses: readonly WorkerStatus[]): Promise<void> {
    for (const stream of rows(statuses)) if (stream.state === 'live') this.#start(stream.id);
    await Promise.all(this.#taking.values());
    this.saved.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  }

  #start(id: string): void {
    if (!this.#taking.has(id)) this.#taking.set(id, this.#save(id));
  }

  async #save(id: string): Promise<void> {
    try {
      const file = join(this.out, `${id}.jpg`);
      await writeFile(file, await this.channel.snapshot(id));
      this.saved.push(file);
    } catch (error) {
      this.faults.push(`no picture of ${id}: ${(error as Error).message}`);
    }
  }
}

function rows(statuses: readonly WorkerStatus[]): StreamRow[] {
  return statuses.flatMap((status) => status.streams);
}

function folder(path: string): string {
  const out = resolve(path);
  try {
    mkdirSync(out, { recursive: true });
    return out;
  } catch (cause) {
    throw new WeirError('IO', `cannot make ${out}: ${(cause as Error).message}`, {
      remedy: 'choose another --out',
      cause,
    });
  }
}

async function scratchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'weir-demo-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
