/** From the validated file to the spec everything else reads: defaults that depend on others, absolute paths, ids. */
import { resolve } from 'node:path';
import { compact, deepFreeze } from './freeze.js';
import { parseListen } from './listen.js';
import {
  type ApplianceInput,
  type DetectorInput,
  type EmbeddedInput,
  natsSchema,
  type PipelineInput,
} from './schema.js';
import { parseSecretRef } from './secret.js';
import { analysedFps, resolveStream, secretRef } from './stream.js';
import type {
  ApplianceSpec,
  ClassSpec,
  ControlSpec,
  DetectorSpec,
  EmbeddedNatsSpec,
  Model,
  MetadataSpec,
  NatsSpec,
  PipelineSpec,
  StreamSpec,
  TrackerSpec,
} from './types.js';

export interface ResolveContext {
  readonly baseDir: string;
  readonly modelDir: string;
  readonly models: ReadonlyMap<string, Model>;
}

const SLOT_STEP = 8;

export function resolveSpec(input: ApplianceInput, context: ResolveContext): ApplianceSpec {
  return deepFreeze(
    compact({
      appliance: input.appliance,
      nats: resolveNats(input.nats, context.baseDir),
      pipelines: input.pipelines.map((p) => resolvePipeline(p, context)),
      metrics: input.metrics && { listen: parseListen(input.metrics.listen) },
      control: resolveControl(input.control, context.baseDir),
      stateDir: input.stateDir === undefined ? undefined : resolve(context.baseDir, input.stateDir),
      cameraNetworks: input.cameraNetworks,
      mediaRoot: input.mediaRoot === undefined ? undefined : resolve(context.baseDir, input.mediaRoot),
      modelDir: context.modelDir,
    }),
  );
}

const MIB = 1024 ** 2;

function resolveNats(given: ApplianceInput['nats'], baseDir: string): NatsSpec {
  const input = given === 'embedded' ? natsSchema.parse({ embedded: {} }) : given;
  const { url, prefix, keepStatus, events, embedded, tls, ...secrets } = input;
  return compact({
    servers: embedded ? [] : typeof url === 'string' ? [url] : url,
    prefix,
    keepStatus,
    user: secretRef(secrets.user),
    password: secretRef(secrets.password),
    token: secretRef(secrets.token),
    nkey: secretRef(secrets.nkey),
    creds: secretRef(secrets.creds),
    tls: tls && compact({ ca: secretRef(tls.ca), cert: secretRef(tls.cert), key: secretRef(tls.key) }),
    events: {
      maxAgeHours: events.maxAgeHours,
      maxBytes: events.maxMb * MIB,
      spoolBytes: events.spoolMb * MIB,
    },
    embedded: embedded && resolveEmbedded(embedded, baseDir),
  });
}

function resolveEmbedded({ port, storeDir, maxMb }: EmbeddedInput, baseDir: string): EmbeddedNatsSpec {
  const folder = storeDir === undefined ? undefined : resolve(baseDir, storeDir);
  return compact({ port, storeDir: folder, maxBytes: maxMb * MIB });
}

function resolveControl(
  { socket, listen, tokens, ...rest }: ApplianceInput['control'],
  baseDir: string,
): ControlSpec {
  return compact({
    ...rest,
    socket: socket === undefined ? undefined : resolve(baseDir, socket),
    listen: listen === undefined ? undefined : parseListen(listen),
    tokens: tokens.map((each) => compact({ ...each, token: parseSecretRef(each.token) })),
  });
}

function resolvePipeline(p: PipelineInput, context: ResolveContext): PipelineSpec {
  const slots = p.slots ?? Math.max(SLOT_STEP, Math.ceil(p.streams.length / SLOT_STEP) * SLOT_STEP);
  const detector = resolveDetector(p.detector, slots, context);
  const streams = p.streams.map(resolveStream);
  return compact({
    id: p.id,
    slots,
    memoryLimitMb: p.memoryLimitMb,
    mux: { ...p.mux, batchTimeoutMs: p.mux.batchTimeoutMs ?? frameInterval(streams) },
    detector,
    tracker: resolveTracker(p.tracker, detector.model),
    metadata: resolveMetadata(p.metadata, detector.model),
    streams,
  });
}

/** Milliseconds between two frames of the fastest stream; without streams, of a usual camera. */
function frameInterval(streams: readonly StreamSpec[]): number {
  const fps = streams.length > 0 ? Math.max(...streams.map(analysedFps)) : 15;
  return Math.max(1, Math.floor(1000 / fps));
}

function resolveDetector(d: DetectorInput, slots: number, context: ResolveContext): DetectorSpec {
  const model = context.models.get(d.model);
  if (!model) throw new Error(`model ${d.model} was not read`);
  const { classes, engine, calibration, ...rest } = d;
  return compact({
    ...rest,
    model,
    threshold: d.threshold ?? model.thresholds.confidence,
    iou: d.iou ?? model.thresholds.iou,
    topk: d.topk ?? model.thresholds.topk,
    classes: classes === undefined ? undefined : resolveClasses(classes, model),
    batch: d.batch ?? slots,
    engine: engine === undefined ? undefined : resolve(context.baseDir, engine),
    calibration: calibration === undefined ? undefined : resolve(context.baseDir, calibration),
  });
}

function resolveClasses(classes: NonNullable<DetectorInput['classes']>, model: Model): ClassSpec[] {
  const limits = Array.isArray(classes)
    ? classes.map((name) => [name, {}] as const)
    : Object.entries(classes);
  const specs = limits.map(([name, own]) => compact({ id: model.labels.indexOf(name), name, ...own }));
  const unique = new Map(specs.map((spec) => [spec.id, spec]));
  return [...unique.values()].sort((a, b) => a.id - b.id);
}

function resolveTracker({ classes, ...rest }: PipelineInput['tracker'], model: Model): TrackerSpec {
  return classes === undefined ? rest : { ...rest, classIds: classIds(classes, model) };
}

function resolveMetadata({ classes, ...rest }: PipelineInput['metadata'], model: Model): MetadataSpec {
  return compact({ ...rest, classIds: classes && classIds(classes, model) });
}

function classIds(names: readonly string[], model: Model): number[] {
  const ids = new Set(names.map((name) => model.labels.indexOf(name)));
  return [...ids].sort((a, b) => a - b);
}
