/** One measurement of one way from native metadata to NATS, in a process of its own: arguments in, one line of JSON out. */
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type NatsConnection } from 'nats';
import { DetectionSink } from '../../../src/sinks/detection-sink.js';
import { type NatsLink, openNats } from '../../../src/sinks/nats-link.js';
import { type BatchSource, type Frame, loadSource } from './source.js';
import type { Format, Job, Measured, Way } from './ways.js';

interface Rig {
  readonly source: BatchSource;
  close(): Promise<void>;
  published(): number;
}

const Source = loadSource();
const job = JSON.parse(process.argv[2] ?? '') as Job;
const { streams, objects } = job;
const subject = (stream: number): string => `weir.bench.cam-${stream}.detections`;
const IDLE_MS = 1_500;
/** Batches. */
const RING = 8;
const encoder = new TextEncoder();

/** The product's own parts behind the ring. */
const weir = (way: Format) => async (): Promise<Rig> => {
  const link = await linked();
  const sink: DetectionSink = new DetectionSink({
    link,
    release: (id) => {
      source.releaseBatch(id);
      source.done();
    },
  });
  const source = new Source({ streams, objects, way }, () => {
    for (let batch = source.takeBatch(); batch; batch = source.takeBatch()) sink.offer(batch);
  });
  const counts = Array.from({ length: streams }, (_, token) => sink.admit(token, subject(token)));
  return {
    source,
    close: () => link.close(),
    published: () => counts.reduce((sum, { published }) => sum + published, 0),
  };
};

async function linked(): Promise<NatsLink> {
  const link = openNats({ servers: [job.nats], name: 'bench' });
  await new Promise<void>((resolve) => {
    link.watch(() => {
      if (link.state.kind === 'connected') resolve();
    });
  });
  return link;
}

/** The bare client; `receive` gets what the native side calls back with, and publishes. */
function bare(way: 'objects' | 'hops' | 'ticks', receive: Receive) {
  return async (): Promise<Rig> => {
    const connection = await connect({ servers: job.nats });
    let published = 0;
    const publish = (stream: number, data: Uint8Array): void => {
      connection.publish(subject(stream), data);
      published++;
    };
    const onBatch = receive(publish, () => settled(connection));
    const source: BatchSource = new Source({ streams, objects, way }, onBatch);
    const settled = (of: NatsConnection): void => void of.flush().then(() => source.done());
    return { source, close: () => connection.close(), published: () => published };
  };
}

type Receive = (
  publish: (stream: number, data: Uint8Array) => void,
  flushed: () => void,
) => (...args: never[]) => void;

const HEAD = {
  schema: 'weir.detections.v1',
  epoch: 1,
  clock: 'local',
  width: 1920,
  height: 1080,
  inferred: true,
};
const message = (stream: number, frame: number, found: readonly object[]): Uint8Array =>
  encoder.encode(
    JSON.stringify({
      ...HEAD,
      stream: `cam-${stream}`,
      frame,
      time: new Date().toISOString(),
      objects: found,
    }),
  );

const WAYS: Readonly<Record<Way, () => Promise<Rig>>> = {
  json: weir('json'),
  protobuf: weir('protobuf'),
  'nvds-minimal': weir('nvds-minimal'),
  objects: bare('objects', (publish, flushed) => (frames: readonly Frame[]) => {
    for (const { stream, frame, objects } of frames) publish(stream, message(stream, frame, objects));
    flushed();
  }),
  hops: bare('hops', (publish, flushed) => {
    let found: object[] = [];
    return (stream: number, frame: number, object: object, last: boolean, end: boolean) => {
      found.push(object);
      if (last) publish(stream, message(stream, frame, found));
      if (last) found = [];
      if (end) flushed();
    };
  }),
  floor: bare('ticks', (publish, flushed) => {
    // As many as are on their way in the product, so that they are no nearer to the processor.
    const ready = Array.from({ length: RING * streams }, () => Buffer.alloc(job.messageBytes, 'x'));
    let next = 0;
    return () => {
      for (let stream = 0; stream < streams; stream++)
        publish(stream, ready[next++ % ready.length] as Uint8Array);
      flushed();
    };
  }),
};

/** Share of a core of this process while nothing is asked of it. */
async function idle(): Promise<number> {
  const cpu = process.cpuUsage();
  await pause(IDLE_MS);
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 1000 / IDLE_MS;
}

const { source, close, published } = await WAYS[job.way]();
await source.run(job.warmUp, 0);
const idleShare = job.everyUs > 0 ? await idle() : 0;
const before = published();
const start = process.hrtime.bigint();
const cpu = process.cpuUsage();
const spent = await source.run(job.batches, job.everyUs);
const { user, system } = process.cpuUsage(cpu);
const wallUs = Number(process.hrtime.bigint() - start) / 1000;
const measured: Measured = {
  ...spent,
  cpuUs: user + system,
  wallUs,
  idleShare,
  messages: published() - before,
};
source.close();
await close();
console.log(JSON.stringify(measured));
