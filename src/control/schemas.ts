/** Inputs and outputs of operations. What the outputs mean stands at their types in supervisor/views.ts. */
import { z } from 'zod';
import { STAGES } from '../audit/account.js';
import type { AuditView } from '../audit/audit.js';
import { DECODE_MODES } from '../spec/decode.js';
import { field, oneOf } from '../spec/notes.js';
import { ID_PATTERN } from '../spec/schema.js';
import { CAUSES } from '../streams/retry.js';
import { PHASES, STREAM_KINDS, TROUBLES } from '../streams/stream-types.js';
import {
  type ApplianceView,
  type LogLine,
  type OperationRecord,
  PIPELINE_STATES,
  type PipelineView,
  type PlanView,
  type StreamChangeView,
  type StreamView,
  WORKER_ENDS,
} from '../supervisor/views.js';

export const id = field(z.string().regex(ID_PATTERN), {
  doc: 'A name as in weir.yaml.',
  expects: 'the id of a stream or a pipeline, as in weir.yaml',
});
export const time = z.iso.datetime().meta({ description: 'RFC 3339.' });
const count = z.int().min(0);

/** In a query numbers and flags are text. */
function fromText<T extends z.ZodType>(pattern: RegExp, convert: (text: string) => unknown, schema: T) {
  const convertText = (value: unknown) =>
    typeof value === 'string' && pattern.test(value) ? convert(value) : value;
  return z.preprocess(convertText, schema);
}

export const optionalFlag = (doc: string) =>
  field(
    fromText(/^(true|false)$/, (text) => text === 'true', z.boolean()),
    { doc, expects: 'true or false' },
  ).exactOptional();

export const number = (min: number, max: number, doc: string) =>
  field(fromText(/^\d{1,16}$/, Number, z.int().min(min).max(max)), {
    doc,
    expects: `a whole number from ${min} to ${max}`,
  });

export const word = <const T extends readonly [string, ...string[]]>(words: T, doc: string) =>
  field(z.enum(words), { doc, expects: oneOf(words) });

export const MAX_WAIT_MS = 60_000;
export const waitMs = number(
  0,
  MAX_WAIT_MS,
  'Wait so long for the stream to be live or failed; milliseconds.',
).exactOptional();

/** The appliance checks it, so that its errors are those of a spec. What stands in it may be secret. */
export const streamInput = field(z.looseObject({ id: z.string() }), {
  doc: 'A stream as in weir.yaml.',
  expects: 'a map with "id": a stream as in weir.yaml',
  secret: true,
});
export const streamChanges = field(z.record(z.string(), z.unknown()), {
  doc: 'A JSON merge patch (RFC 7396) on the stream: what is named is replaced, null removes.',
  expects: 'a map: what is to change of the stream',
  secret: true,
});
export const specInput = field(z.looseObject({}), {
  doc: 'A weir.yaml as JSON.',
  expects: 'a map: a weir.yaml as JSON',
  secret: true,
});

const trouble = z.object({ kind: z.enum(TROUBLES), since: time, message: z.string() });
const decoding = z.object({
  mode: z.enum(DECODE_MODES),
  why: z.string(),
  keyFrameSeconds: z.number().exactOptional(),
  referenceFps: z.number().exactOptional(),
});
const clock = z.object({
  source: z.enum(['local', 'rtcp']),
  skewSeconds: z.number().exactOptional(),
});
const latency = z.object({ p50: z.number(), p99: z.number() });
const format = z.object({ codec: z.string(), width: count, height: count, fps: z.number() });

export const streamView = z
  .object({
    id,
    pipeline: id,
    origin: z.enum(['spec', 'added', 'changed']),
    state: z.enum([...STREAM_KINDS, 'quarantined', 'pipeline-down']),
    since: time,
    phase: z.enum(PHASES).exactOptional(),
    cause: z.enum(CAUSES).exactOptional(),
    message: z.string().exactOptional(),
    retryAt: time.exactOptional(),
    troubles: z.array(trouble).readonly(),
    format: format.exactOptional(),
    decoding: decoding.exactOptional(),
    clock: clock.exactOptional(),
    fps: z.number(),
    inferencesPerSecond: z.number(),
    latencyMs: z.number(),
    lastFrameAgeMs: z.number(),
    spec: z.record(z.string(), z.unknown()),
    counters: z.record(z.string(), z.number()).exactOptional(),
  })
  .meta({ id: 'Stream' }) satisfies z.ZodType<unknown, StreamView>;

export const streamChange = z
  .object({ changed: z.boolean(), pending: z.boolean(), stream: streamView.exactOptional() })
  .meta({ id: 'StreamChange' }) satisfies z.ZodType<unknown, StreamChangeView>;

export const pipelineView = z
  .object({
    id,
    state: z.enum(PIPELINE_STATES),
    since: time,
    pid: count.exactOptional(),
    restarts: z.record(z.enum(WORKER_ENDS), count),
    lastEnd: z.object({ why: z.enum(WORKER_ENDS), at: time, message: z.string() }).exactOptional(),
    nextStartAt: time.exactOptional(),
    slots: count,
    streams: count,
    live: count,
    rssBytes: count.exactOptional(),
    memoryLimitBytes: count.exactOptional(),
    nats: z.string().exactOptional(),
    events: z.string().exactOptional(),
    eventsWaiting: count.exactOptional(),
    deliveryProblems: z.array(z.string()).readonly().exactOptional(),
    latencyMs: latency.exactOptional(),
  })
  .meta({ id: 'Pipeline' }) satisfies z.ZodType<unknown, PipelineView>;

export const applianceView = z
  .object({
    appliance: id,
    version: z.string(),
    generation: count,
    startedAt: time,
    spec: z.object({ file: z.string(), applied: z.boolean() }),
    pipelines: z.array(pipelineView).readonly(),
    streams: z.object({ total: count, live: count, failed: count }),
  })
  .meta({ id: 'Appliance' }) satisfies z.ZodType<unknown, ApplianceView>;

export const planView = z
  .object({
    steps: z
      .array(
        z.object({
          action: z.enum([
            'add',
            'remove',
            'update',
            'reconnect',
            'restart',
            'start',
            'stop',
            'restart-appliance',
          ]),
          pipeline: id.exactOptional(),
          stream: id.exactOptional(),
          keys: z.array(z.string()).readonly(),
          disturbs: z.array(id).readonly(),
        }),
      )
      .readonly(),
    applied: z.boolean(),
    generation: count,
  })
  .meta({ id: 'Plan' }) satisfies z.ZodType<unknown, PlanView>;

const logLine = z.object({
  seq: count,
  time: z.string(),
  level: z.string(),
  message: z.string(),
  pipeline: id.exactOptional(),
  stream: z.string().exactOptional(),
  details: z.record(z.string(), z.unknown()).exactOptional(),
}) satisfies z.ZodType<unknown, LogLine>;

export const logPage = z.object({ lines: z.array(logLine).readonly(), next: count }).meta({ id: 'LogPage' });

const operationRecord = z.object({
  time,
  actor: z.object({ door: z.enum(['socket', 'http', 'nats', 'signal', 'parent']), name: z.string() }),
  operation: z.string(),
  stream: z.string().exactOptional(),
  pipeline: z.string().exactOptional(),
  result: z.string(),
  changed: z.boolean().exactOptional(),
  generation: count.exactOptional(),
}) satisfies z.ZodType<unknown, OperationRecord>;

export const operationsPage = z
  .object({ operations: z.array(operationRecord).readonly() })
  .meta({ id: 'OperationsPage' });

const stageAccount = z.object({
  stage: z.enum(STAGES),
  came: count,
  went: count,
  leftOut: count,
  dropped: z.array(z.object({ place: z.string(), cause: z.string(), count: z.int() })).readonly(),
  // Below 0 where the sums disagree.
  ...{ before: z.int(), after: z.int(), bound: count, agrees: z.boolean() },
});

const auditPart = z.object({
  pipeline: id,
  ...{ from: time, to: time, left: z.boolean() },
  packetsSent: count.exactOptional(),
  packetsReceived: count.exactOptional(),
  packetsLost: count.exactOptional(),
  ...{ received: count, inferred: count, published: count },
  stages: z.array(stageAccount).readonly(),
  agrees: z.boolean(),
});

const streamAudit = z.object({
  id,
  parts: z.array(auditPart).readonly(),
  unknown: z.array(z.object({ from: time, to: time, why: z.string() })).readonly(),
  agrees: z.boolean(),
});

export const auditView = z
  .object({
    from: time.exactOptional(),
    to: time,
    streams: z.array(streamAudit).readonly(),
    agrees: z.boolean(),
  })
  .meta({ id: 'Audit' }) satisfies z.ZodType<unknown, AuditView>;
