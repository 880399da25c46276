/** The one schema of weir.yaml: types, defaults, units and words. Files, messages and the reference page follow it. */
import { z } from 'zod';
import { LISTEN_EXPECTS, LISTEN_PATTERN } from './listen.js';
import { choice, decimal, field, flag, text, whole } from './notes.js';
import { isNetwork, NETWORK_EXPECTS } from './networks.js';
import { SECRET_PATTERN, SECRET_SYNTAX } from './secret.js';

export const ID_PATTERN = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const ID_EXPECTS =
  'a name of at most 63 lower-case letters, digits, "-" and "_" that begins with a letter or a digit';
const MODEL_PATTERN = /^[^\p{Cc}]{1,1024}$/u;
const PATH_PATTERN = /^[^\p{Cc};]{1,1024}$/u;
const CLASS_PATTERN = /^[^\p{Cc};]{1,127}$/u;
const PREFIX_PATTERN = /^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,7}$/;

const id = (doc: string, example: string) => text(ID_PATTERN, { doc, expects: ID_EXPECTS, example });

const secret = (doc: string) =>
  text(SECRET_PATTERN, {
    doc,
    expects: `a reference: ${SECRET_SYNTAX}`,
    remedy: 'keep the secret out of the spec: put it into an environment variable or a file of mode 0600',
    secret: true,
  });

const path = (doc: string, example: string, derived?: string) =>
  text(PATH_PATTERN, {
    doc,
    expects: 'a path without control characters and ";"',
    example,
    ...(derived ? { derived } : {}),
  });

const uri = (doc: string, derived?: string) =>
  field(z.string().min(1).max(2048), {
    doc,
    ...(derived ? { derived } : {}),
    expects: 'a URI: rtsp://host/path, rtsps://host/path, or file:///path below mediaRoot',
    example: 'rtsp://192.0.2.10/stream2',
  });

const natsUrl = field(z.string().min(1).max(512), {
  doc: 'Address of a NATS server.',
  expects: 'nats://host:port or tls://host:port',
  example: 'nats://127.0.0.1:4222',
});

const natsTlsSchema = z.strictObject({
  ca: secret("PEM of the issuers of the server's certificate, instead of those Node knows.").optional(),
  cert: secret('PEM of the client certificate.').optional(),
  key: secret('PEM of its private key.').optional(),
});

const eventsSchema = z.strictObject({
  maxAgeHours: decimal(1, 87600, {
    doc: 'JetStream keeps events for so long.',
    unit: 'hours',
  }).default(168),
  maxMb: whole(1, 1048576, {
    doc: 'JetStream keeps at most so much of events; the oldest go first.',
    unit: 'MiB',
  }).default(256),
  spoolMb: whole(1, 65536, {
    doc: 'Each pipeline keeps at most so much of events that JetStream has not taken, on disk; the oldest go first.',
    unit: 'MiB',
  }).default(64),
});

const embeddedSchema = z.strictObject({
  port: whole(0, 65535, {
    doc: 'Port of 127.0.0.1. 0: any free one, kept while the appliance runs.',
  }).default(0),
  storeDir: path('Folder of JetStream.', './nats', 'beside the state, named as the spec is').optional(),
  maxMb: whole(16, 1048576, { doc: 'JetStream takes at most so much disk.', unit: 'MiB' }).default(1024),
});

export const natsSchema = z.strictObject({
  url: field(z.union([natsUrl, z.array(natsUrl).min(1).max(16)]), {
    doc: 'Address of the NATS server, or a list of addresses of one cluster.',
    expects: 'nats://host:port or tls://host:port, or a list of those',
    example: 'nats://127.0.0.1:4222',
  }).default('nats://127.0.0.1:4222'),
  prefix: text(PREFIX_PATTERN, {
    doc: 'First tokens of every subject.',
    expects: 'up to eight tokens of letters, digits, "-" and "_", joined by "."',
    example: 'weir',
  }).default('weir'),
  keepStatus: flag({
    doc: 'Have JetStream, where the server has it, keep the last status of each stream: `weir_<appliance>_status`.',
  }).default(true),
  user: secret('User name.').optional(),
  password: secret('Password.').optional(),
  token: secret('Token.').optional(),
  nkey: secret('Seed of an NKey.').optional(),
  creds: secret('Content of a .creds file (JWT and NKey seed).').optional(),
  tls: field(natsTlsSchema, {
    doc: 'Certificates. A server that wants TLS gets it whether or not this is here.',
    expects: 'a map with `ca`, or `cert` and `key`, or all of them',
  }).optional(),
  events: field(eventsSchema, {
    doc: 'How long events are kept, and how much of them.',
    expects: 'a map',
  }).prefault({}),
  embedded: field(embeddedSchema, {
    doc: 'Run a NATS server with JetStream for this appliance alone, instead of `url`. `nats: embedded` is short for it.',
    expects: 'a map, which may be empty: {}',
    derived: 'none: the server is at `url`',
  }).optional(),
});

export const metricsSchema = z.strictObject({
  listen: text(LISTEN_PATTERN, {
    doc: 'Address of `/metrics`, `/healthz` and `/readyz`. Port 0: any free one, told by the log.',
    expects: LISTEN_EXPECTS,
    example: '127.0.0.1:9464',
  }).default('127.0.0.1:9464'),
});

export const SCOPES = ['read', 'operate', 'admin'] as const;

const tokenSchema = z.strictObject({
  name: id('What the operations log calls whoever uses it.', 'backend'),
  token: secret('The token, of at least 16 characters.'),
  scope: choice(SCOPES, {
    doc: 'What it may do: look, change streams, or everything.',
  }).default('read'),
  cameras: field(
    z
      .array(
        text(/^[a-z0-9][a-z0-9_-]{0,62}\*?$/, {
          doc: 'The id of a stream, or how ids begin and a `*`.',
          expects: 'the id of a stream, or its beginning and "*"',
        }),
      )
      .min(1)
      .max(1024),
    {
      doc: 'The only streams it may see and change.',
      expects: 'a list of ids of streams, e.g. [front-door, yard-*]',
      example: ['front-door'],
      derived: 'all',
    },
  ).optional(),
});

const hostName = text(/^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$/, {
  doc: 'A name or an address.',
  expects: 'a host name or an address, without port',
});

export const controlSchema = z.strictObject({
  socket: path(
    'Unix socket of the control API, for root, the user of the appliance and `group`.',
    './weir.sock',
    '`weir.sock` in RUNTIME_DIRECTORY (as systemd sets it), else beside the spec, named as it is',
  ).optional(),
  group: text(/^[a-z_][a-z0-9_-]{0,31}$/, {
    doc: 'Members of this group of the system may use the socket too.',
    expects: 'the name of a group of this system',
    example: 'weir',
  }).optional(),
  listen: text(LISTEN_PATTERN, {
    doc: 'Address of the control API over TCP; needs `tokens`. Without TLS: put a proxy before it where others can listen in.',
    expects: LISTEN_EXPECTS,
    example: '0.0.0.0:8443',
    derived: 'none: no TCP',
  }).optional(),
  hosts: field(z.array(hostName).max(64), {
    doc: 'Names by which clients may call the appliance over TCP, besides its addresses and its host name.',
    expects: 'a list of host names, e.g. [gate.example.org]',
  }).default([]),
  origins: field(
    z
      .array(
        text(/^https?:\/\/[A-Za-z0-9.:[\]-]{1,255}$/, {
          doc: 'An origin.',
          expects: 'scheme://host[:port]',
        }),
      )
      .max(64),
    {
      doc: 'Web pages of these origins may use the API over TCP.',
      expects: 'a list of origins, e.g. [https://gate.example.org]',
    },
  ).default([]),
  tokens: field(
    z
      .array(
        field(tokenSchema, {
          doc: 'Who may use the API over TCP.',
          expects: 'a map with `name` and `token`',
        }),
      )
      .max(256),
    { doc: 'Who may use the API over TCP.', expects: 'a list of tokens' },
  ).default([]),
  rate: decimal(0.1, 10000, {
    doc: 'Requests each token, and each address without one, may send on average; bursts of ten seconds are let through.',
    unit: 'requests per second',
  }).default(20),
  nats: choice(['off', ...SCOPES], {
    doc: 'What may be done over NATS by whoever may publish to `<prefix>.<appliance>.ctl.>`: the rights of users on the NATS server decide who that is.',
  }).default('read'),
});

export const muxSchema = z.strictObject({
  width: whole(16, 16384, {
    doc: 'Width every picture is scaled to before inference.',
    unit: 'pixels',
  }).default(1280),
  height: whole(16, 16384, {
    doc: 'Height every picture is scaled to before inference.',
    unit: 'pixels',
  }).default(720),
  padding: flag({ doc: 'Keep the aspect ratio and fill the rest with black.' }).default(false),
  batchTimeoutMs: decimal(1, 60000, {
    doc: 'Longest wait for a full batch after its first picture. At most one frame interval is sensible.',
    unit: 'milliseconds',
    derived: 'one frame interval of the fastest declared stream',
  }).optional(),
});

const MUX_PIXELS = 'pixels of the mux';

const limits = {
  threshold: decimal(0, 1, {
    doc: 'Confidence below which a detection is dropped.',
    derived: "the detector's",
  }).optional(),
  iou: decimal(0, 1, {
    doc: 'Overlap above which the weaker of two boxes is dropped.',
    derived: "the detector's",
  }).optional(),
  topk: whole(1, 100000, {
    doc: 'Most boxes kept per class and frame.',
    derived: "the detector's",
  }).optional(),
};

export const classSchema = z.strictObject({
  ...limits,
  minWidth: whole(0, 16384, { doc: 'Narrower boxes are dropped.', unit: MUX_PIXELS }).optional(),
  minHeight: whole(0, 16384, { doc: 'Lower boxes are dropped.', unit: MUX_PIXELS }).optional(),
  maxWidth: whole(1, 16384, { doc: 'Wider boxes are dropped.', unit: MUX_PIXELS }).optional(),
  maxHeight: whole(1, 16384, { doc: 'Higher boxes are dropped.', unit: MUX_PIXELS }).optional(),
});

const className = text(CLASS_PATTERN, {
  doc: 'A class of the model.',
  expects: "one of the model's labels",
  example: 'person',
});

export const detectorSchema = z.strictObject({
  model: text(MODEL_PATTERN, {
    doc: 'Name of a manifest in `models/`, or the path of one (`./my-model.yaml`).',
    expects: 'the name of a model in models/, or the path of a manifest',
    example: 'nanodet-320x256',
  }),
  rate: decimal(0.01, 240, {
    doc: 'Inferences per second and stream. On NVIDIA it becomes `interval`, which skips whole batches of the fastest stream: slower ones in the same pipeline get fewer. The CPU stand-in staggers the streams.',
    unit: 'inferences per second and stream',
    derived: 'every frame',
  }).optional(),
  interval: whole(0, 1000, {
    doc: 'Batches skipped after each inferred one. Excludes `rate`.',
    unit: 'batches',
    derived: 'from `rate`',
  }).optional(),
  threshold: decimal(0, 1, {
    doc: 'Confidence below which a detection is dropped.',
    derived: "the model's",
  }).optional(),
  iou: decimal(0, 1, {
    doc: 'Overlap above which the weaker of two boxes of a class is dropped.',
    derived: "the model's",
  }).optional(),
  topk: whole(1, 100000, { doc: 'Most boxes kept per class and frame.', derived: "the model's" }).optional(),
  classes: field(
    z.union([
      z.array(className).min(1).max(1024),
      z.record(
        z.string(),
        field(classSchema, {
          doc: 'Limits of one class.',
          expects: 'limits of a class, e.g. {threshold: 0.5}',
        }),
      ),
    ]),
    {
      doc: 'Classes that are reported: a list, or a map from class to limits of its own.',
      expects: 'a list of class names, or a map from class name to {threshold, iou, topk, minWidth, …}',
      example: ['person', 'car'],
      derived: 'all',
    },
  ).optional(),
  batch: whole(1, 1024, {
    doc: 'Pictures per inference call.',
    unit: 'pictures',
    derived: '`slots`',
  }).optional(),
  precision: choice(['fp32', 'fp16', 'int8'], {
    doc: 'Precision of the TensorRT engine; NVIDIA only.',
  }).default('fp32'),
  cpuPrecision: choice(['fp32', 'int8'], {
    doc: 'Weights that are used without a GPU; `int8`: where the model has such weights.',
  }).default('int8'),
  engine: path(
    'TensorRT engine to load; NVIDIA only.',
    './engines/nanodet_b8.engine',
    'beside the weights, under the name nvinfer gives it',
  ).optional(),
  calibration: path(
    'Calibration cache of an `int8` engine, made by TensorRT 10 or older; NVIDIA only.',
    './engines/nanodet.calib',
    'none: the weights must say by themselves how they are quantised',
  ).optional(),
  gpu: whole(0, 63, { doc: 'Number of the GPU; NVIDIA only.' }).default(0),
  dla: whole(0, 3, {
    doc: 'Core of the deep learning accelerator that infers instead of the GPU, which takes what the core cannot; NVIDIA only.',
    derived: 'none: the GPU',
  }).optional(),
  buildEngine: flag({
    doc: 'Let nvinfer build a missing or stale engine at the start of the pipeline, which takes minutes; NVIDIA only. Else the start fails and names the command that builds it.',
  }).default(false),
});

export const trackerSchema = z.strictObject({
  algorithm: choice(['iou', 'nvsort', 'none'], {
    doc: 'How detections are joined to tracks: by overlap; by overlap with where a track should be by now, which also shows tracks between inferred frames; not at all.',
  }).default('nvsort'),
  width: whole(32, 8192, { doc: 'Width the tracker works at.', unit: 'pixels' }).default(960),
  height: whole(32, 8192, { doc: 'Height the tracker works at.', unit: 'pixels' }).default(544),
  classes: field(z.array(className).min(1).max(1024), {
    doc: 'Classes that are tracked.',
    expects: 'a list of class names',
    example: ['person'],
    derived: 'all',
  }).optional(),
  probationAge: whole(0, 10000, {
    doc: 'Age a new track must exceed before it is reported.',
    unit: 'inferred frames',
  }).default(4),
  maxShadowTrackingAge: whole(0, 100000, {
    doc: 'A track without a detection for longer ends.',
    unit: 'inferred frames',
  }).default(38),
  earlyTerminationAge: whole(0, 10000, {
    doc: 'The same limit for a track still on probation.',
    unit: 'inferred frames',
  }).default(1),
  maxTargetsPerStream: whole(1, 10000, { doc: 'Most tracks of one stream.', unit: 'tracks' }).default(150),
  minDetectorConfidence: decimal(0, 1, { doc: 'Detections below it are ignored by the tracker.' }).default(0),
  minIouForNewTarget: decimal(0, 1, {
    doc: 'A detection that overlaps a track more than this starts no track of its own.',
  }).default(0.5),
  minMatchingScore: decimal(0, 1, { doc: 'Lowest total score of a match.' }).default(0),
  minMatchingIou: decimal(0, 1, { doc: 'Lowest overlap of a match.' }).default(0),
  minMatchingSize: decimal(0, 1, { doc: 'Lowest similarity in size of a match.' }).default(0),
  iouWeight: decimal(0, 1, { doc: 'Weight of overlap in the score.' }).default(0.6),
  sizeWeight: decimal(0, 1, { doc: 'Weight of similarity in size in the score.' }).default(0.4),
  checkClassMatch: flag({ doc: 'Match only detections of the same class.' }).default(true),
  weakConfidence: decimal(0, 1, {
    doc: '`nvsort`: a detection below it may continue a track that was just seen, and starts none.',
  }).default(0.2331),
  minWeakIou: decimal(0, 1, { doc: '`nvsort`: lowest overlap of such a match.' }).default(0.2867),
  positionNoise: decimal(0.0001, 10, {
    doc: '`nvsort`: how much detections shake, and tracks stray from a straight line each frame.',
    unit: 'heights of the object',
  }).default(0.0301),
  velocityNoise: decimal(0.0001, 10, {
    doc: '`nvsort`: how much the velocity of a track changes each frame.',
    unit: 'heights of the object per frame',
  }).default(0.0017),
});

const onChangeSchema = z.strictObject({
  moved: decimal(0, 100, {
    doc: 'A tracked object has changed when an edge of its box has moved by more than this part of the longer side.',
    unit: 'parts of the longer side',
  }).default(0.1),
  heartbeatSeconds: decimal(0.1, 86400, {
    doc: 'A message comes after so long at the latest, whether anything changed or not.',
    unit: 'seconds',
  }).default(10),
});

export const metadataSchema = z.strictObject({
  format: choice(['json', 'protobuf', 'nvds-minimal'], {
    doc: "How messages of detections are written: our JSON, our protobuf (docs/weir.proto), or the minimal schema of NVIDIA's nvmsgconv.",
  }).default('json'),
  classes: field(z.array(className).min(1).max(1024), {
    doc: 'Classes whose objects go into messages.',
    expects: 'a list of class names',
    example: ['person'],
    derived: 'all that are reported',
  }).optional(),
  minConfidence: decimal(0, 1, {
    doc: 'Objects of a lower confidence stay out of messages; the tracker still has them. Between detections a tracked object is judged by the last one.',
  }).default(0),
  trackedOnly: flag({ doc: 'Only objects with a track id go into messages.' }).default(false),
  every: whole(1, 1000000, {
    doc: 'Of the frames that are inferred or tracked, every so manieth has a message.',
    unit: 'frames',
  }).default(1),
  onChange: field(onChangeSchema, {
    doc: 'A message only when something changed since the last: an object came or went, by track id and class, or by number per class where there is no track id; or a tracked one moved.',
    expects: 'a map, e.g. {} or {moved: 0.2, heartbeatSeconds: 30}',
    derived: 'none: a message for every frame',
  }).optional(),
});

const urisSchema = z.strictObject({
  analyse: uri('Decoded and analysed; the sub-stream where the camera has one.'),
  live: uri('Shown live.', '`analyse`').optional(),
  record: uri('Recorded.', '`analyse`').optional(),
});

export const streamSchema = z.strictObject({
  id: id(
    'Name of the stream in subjects, metrics and files, unique in the appliance; `ctl` is reserved.',
    'front-door',
  ),
  uri: field(z.union([uri('Address of the camera.'), urisSchema]), {
    doc: 'Address of the camera, or one each to `analyse`, show `live` and `record`. Never with user and password inside.',
    expects:
      'a URI: rtsp://host/path, rtsps://host/path, or file:///path below mediaRoot; or {analyse, live, record}',
    example: 'rtsp://192.0.2.10/stream2',
  }),
  user: secret('User name at the camera.').optional(),
  password: secret('Password at the camera.').optional(),
  transport: choice(['tcp', 'udp'], { doc: 'How RTP is carried.' }).default('tcp'),
  latencyMs: whole(0, 10000, { doc: 'Depth of the jitter buffer.', unit: 'milliseconds' }).default(200),
  fps: decimal(0.1, 240, { doc: 'Declared frame rate, for planning.', unit: 'frames per second' }).default(
    15,
  ),
  decode: choice(['all', 'reference', 'keyframes', 'auto'], {
    doc: 'Which frames are decoded. `reference` leaves out those that no other needs; `keyframes` costs a fraction, and they come as rarely as the camera is set to send them; `auto` takes the fewest of which `detector.rate` can be had.',
  }).default('all'),
  maxFps: decimal(0.1, 240, {
    doc: 'Pictures analysed at most; those between are decoded and left out, evenly.',
    unit: 'pictures per second',
    derived: 'all that are decoded',
  }).optional(),
  frozenAfterSeconds: decimal(0, 86400, {
    doc: 'Frames arrive but the picture has not changed for so long: the stream is called frozen. 0 turns this off.',
    unit: 'seconds',
  }).default(10),
  frozenRestart: flag({ doc: 'Connect anew when the picture is frozen.' }).default(false),
});

export const pipelineSchema = z.strictObject({
  id: id('Name of the pipeline, unique in the appliance.', 'main'),
  slots: whole(1, 1024, {
    doc: 'Most streams the pipeline can take while it runs; also the batch size of the mux.',
    unit: 'streams',
    derived: 'declared streams rounded up to a multiple of 8',
  }).optional(),
  memoryLimitMb: whole(64, 1048576, {
    doc: "Resident memory at which the pipeline's process is replaced.",
    unit: 'MiB',
    derived: 'none',
  }).optional(),
  mux: field(muxSchema, { doc: 'How pictures are batched.', expects: 'a map' }).prefault({}),
  detector: field(detectorSchema, { doc: 'What is detected.', expects: 'a map with at least `model`' }),
  tracker: field(trackerSchema, { doc: 'How objects are followed.', expects: 'a map' }).prefault({}),
  metadata: field(metadataSchema, {
    doc: 'What is published of detections.',
    expects: 'a map',
  }).prefault({}),
  streams: field(
    z
      .array(field(streamSchema, { doc: 'A camera or file.', expects: 'a map with `id` and `uri`' }))
      .max(1024),
    {
      doc: 'The cameras.',
      expects: 'a list of streams',
    },
  ).default([]),
});

export const applianceSchema = z.strictObject({
  appliance: id('Name of the appliance, a token of every subject.', 'demo'),
  nats: field(z.union([z.literal('embedded'), natsSchema]), {
    doc: 'Where metadata goes; `embedded`: a server of our own, as `embedded: {}` below.',
    expects: 'a map, or embedded',
  }).prefault({}),
  metrics: field(metricsSchema, {
    doc: 'Metrics and health over HTTP, for whoever reaches the address.',
    expects: 'a map',
    derived: 'none: no HTTP',
  }).optional(),
  control: field(controlSchema, {
    doc: 'Who may look at the appliance and change it while it runs.',
    expects: 'a map',
  }).prefault({}),
  stateDir: path(
    'Folder of what the appliance remembers: the state file, its lock and the operations log.',
    './state',
    'STATE_DIRECTORY (as systemd sets it), else the folder of the spec',
  ).optional(),
  cameraNetworks: field(
    z
      .array(
        field(z.string().max(64).refine(isNetwork), {
          doc: 'A network cameras may be in.',
          expects: NETWORK_EXPECTS,
        }),
      )
      .min(1)
      .max(256),
    {
      doc: 'Networks and single addresses that cameras may have; nothing else is connected to, names and redirects included.',
      expects: 'a list of networks, e.g. [192.168.10.0/24, fd00::/8]',
      example: ['192.168.10.0/24'],
      derived: 'every address a camera can have: not multicast, broadcast, reserved or of a metadata service',
    },
  ).optional(),
  mediaRoot: path(
    'Folder below which `file:` streams may lie.',
    './media',
    'none: `file:` is refused',
  ).optional(),
  modelDir: path(
    'Folder of the model weights.',
    './weights',
    'WEIR_MODEL_DIR, else `.cache/models` of the installation',
  ).optional(),
  pipelines: field(
    z
      .array(
        field(pipelineSchema, { doc: 'A pipeline: one process.', expects: 'a map with `id` and `detector`' }),
      )
      .min(1)
      .max(64),
    {
      doc: 'The pipelines, each in a process of its own.',
      expects: 'a list of at least one pipeline',
    },
  ),
});

export type ApplianceInput = z.output<typeof applianceSchema>;
export type PipelineInput = z.output<typeof pipelineSchema>;
export type StreamInput = z.output<typeof streamSchema>;
export type DetectorInput = z.output<typeof detectorSchema>;
export type EmbeddedInput = z.output<typeof embeddedSchema>;
