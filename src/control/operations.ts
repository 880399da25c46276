/** Every operation. HTTP, NATS and the command line are made of this list. */
import { z } from 'zod';
import { LOG_LEVELS } from '../worker/log.js';
import { KEPT_MS } from '../audit/history.js';
import { maySee } from './caller.js';
import { operation, type Operation } from './operation.js';
import {
  applianceView,
  auditView,
  id,
  logPage,
  MAX_WAIT_MS,
  number,
  operationsPage,
  optionalFlag,
  pipelineView,
  planView,
  specInput,
  streamChange,
  streamChanges,
  streamInput,
  streamView,
  time,
  waitMs,
  word,
} from './schemas.js';

const nothing = z.strictObject({});
/** New processes load models first, and may have to build engines. */
const SLOW_MS = 840_000;
/** What they may fail with. */
const START_ERRORS = [
  'NATIVE_MISSING',
  'ELEMENT_MISSING',
  'GRAPH_INVALID',
  'MODEL_MISSING',
  'MODEL_CORRUPT',
  'FILE_UNTRUSTED',
  'SECRET_UNAVAILABLE',
  'PIPELINE_FAILED',
  'IO',
] as const;

export const OPERATIONS: readonly Operation[] = [
  operation({
    name: 'appliance.status',
    summary: 'The appliance and its pipelines.',
    ...{ scope: 'read', reach: 'all', method: 'GET', path: '/status' },
    errors: [],
    ...{ input: nothing, output: applianceView },
    run: (appliance) => appliance.status(),
  }),
  operation({
    name: 'streams.list',
    summary: 'All streams.',
    ...{ scope: 'read', reach: 'some', method: 'GET', path: '/streams' },
    errors: [],
    input: nothing,
    output: z.object({ streams: z.array(streamView).readonly() }),
    run: async (appliance, _input, caller) => ({
      streams: (await appliance.streams()).filter((stream) => maySee(caller, stream.id)),
    }),
  }),
  operation({
    name: 'streams.get',
    summary: 'One stream; waits for it to be live or failed where that is asked for.',
    ...{ scope: 'read', reach: 'one', method: 'GET', path: '/streams/{id}' },
    errors: ['STREAM_UNKNOWN'],
    ...{ input: z.strictObject({ id, waitMs }), output: streamView },
    run: (appliance, { id, ...wait }) => appliance.stream(id, wait),
  }),
  operation({
    name: 'streams.add',
    summary: 'Adds a stream. The same stream again changes nothing.',
    ...{ scope: 'operate', reach: 'one', method: 'POST', path: '/streams' },
    errors: [
      'SPEC_INVALID',
      'STREAM_EXISTS',
      'SLOTS_FULL',
      'PIPELINE_UNKNOWN',
      'URI_REFUSED',
      'STATE_UNWRITABLE',
    ],
    input: z.strictObject({ stream: streamInput, pipeline: id.exactOptional(), waitMs }),
    output: streamChange,
    run: (appliance, { stream, pipeline, ...wait }, { actor }) =>
      appliance.add(actor, stream, pipeline, wait),
  }),
  operation({
    name: 'streams.update',
    summary: 'Changes a stream; it connects anew only if its connection depends on what has changed.',
    ...{ scope: 'operate', reach: 'one', method: 'PATCH', path: '/streams/{id}' },
    errors: ['STREAM_UNKNOWN', 'SPEC_INVALID', 'URI_REFUSED', 'STATE_UNWRITABLE'],
    ...{ input: z.strictObject({ id, changes: streamChanges, waitMs }), output: streamChange },
    run: (appliance, { id, changes, ...wait }, { actor }) => appliance.update(actor, id, changes, wait),
  }),
  operation({
    name: 'streams.remove',
    summary: 'Removes a stream. One that is not there: changes nothing.',
    ...{ scope: 'operate', reach: 'one', method: 'DELETE', path: '/streams/{id}' },
    errors: ['STATE_UNWRITABLE'],
    ...{ input: z.strictObject({ id }), output: streamChange },
    run: (appliance, { id }, { actor }) => appliance.remove(actor, id),
  }),
  operation({
    name: 'streams.restart',
    summary: 'Connects a stream anew, at once; ends its quarantine.',
    ...{ scope: 'operate', reach: 'one', method: 'POST', path: '/streams/{id}/restart' },
    errors: ['STREAM_UNKNOWN', 'STATE_UNWRITABLE'],
    ...{ input: z.strictObject({ id, waitMs }), output: streamChange },
    run: (appliance, { id, ...wait }, { actor }) => appliance.restart(actor, id, wait),
  }),
  operation({
    name: 'streams.snapshot',
    summary: "The stream's next picture as JPEG.",
    ...{ scope: 'read', reach: 'one', method: 'GET', path: '/streams/{id}/snapshot' },
    errors: ['STREAM_UNKNOWN', 'NO_PICTURE', 'PIPELINE_FAILED'],
    input: z.strictObject({
      id,
      annotated: optionalFlag('Draw boxes and labels; default true.'),
      timeoutMs: number(100, 30_000, 'Wait so long for a picture; milliseconds.').default(5_000),
    }),
    output: z.object({ jpeg: z.base64() }),
    binary: { field: 'jpeg', type: 'image/jpeg' },
    run: async (appliance, { id, ...options }) => ({
      jpeg: Buffer.from(await appliance.snapshot(id, options)).toString('base64'),
    }),
  }),
  operation({
    name: 'pipelines.list',
    summary: 'The pipelines and their processes.',
    ...{ scope: 'read', reach: 'all', method: 'GET', path: '/pipelines' },
    errors: [],
    ...{ input: nothing, output: z.object({ pipelines: z.array(pipelineView).readonly() }) },
    run: async (appliance) => ({ pipelines: await appliance.pipelines() }),
  }),
  operation({
    name: 'pipelines.restart',
    summary: "Replaces a pipeline's process; answers when the new one plays.",
    ...{ scope: 'operate', reach: 'all', method: 'POST', path: '/pipelines/{id}/restart' },
    errors: ['PIPELINE_UNKNOWN', ...START_ERRORS],
    deadlineMs: SLOW_MS,
    ...{ input: z.strictObject({ id }), output: pipelineView },
    run: (appliance, { id }, { actor }) => appliance.restartPipeline(actor, id),
  }),
  operation({
    name: 'pipelines.graph',
    summary: "A pipeline's graph, as DOT or Mermaid.",
    ...{ scope: 'read', reach: 'all', method: 'GET', path: '/pipelines/{id}/graph' },
    errors: ['PIPELINE_UNKNOWN'],
    input: z.strictObject({ id, format: word(['dot', 'mermaid'], 'Of the text.').default('dot') }),
    output: z.object({ text: z.string() }),
    run: async (appliance, { id, format }) => ({ text: await appliance.graph(id, format) }),
  }),
  operation({
    name: 'apply',
    summary: 'Makes a whole spec the desired state: all of it or nothing.',
    ...{ scope: 'admin', reach: 'all', method: 'POST', path: '/apply' },
    errors: ['SPEC_INVALID', 'SLOTS_FULL', 'URI_REFUSED', 'STATE_UNWRITABLE', ...START_ERRORS],
    deadlineMs: SLOW_MS,
    input: z.strictObject({
      spec: specInput,
      dryRun: optionalFlag('Only tell the plan.'),
      keep: optionalFlag('Keep what was added, changed and removed at run time.'),
    }),
    output: planView,
    run: (appliance, { spec, ...options }, { actor, remote }) =>
      appliance.apply(actor, spec, { ...options, remote }),
  }),
  operation({
    name: 'logs',
    summary: 'Lines of the log, of the supervisor and all workers.',
    ...{ scope: 'read', reach: 'all', method: 'GET', path: '/logs' },
    errors: [],
    input: z.strictObject({
      after: number(0, Number.MAX_SAFE_INTEGER, 'Lines after this number.').exactOptional(),
      lines: number(1, 1000, 'At most so many lines.').default(100),
      waitMs: number(0, MAX_WAIT_MS, 'Wait so long for the first line; milliseconds.').exactOptional(),
      pipeline: id.exactOptional(),
      stream: id.exactOptional(),
      level: word(LOG_LEVELS, 'The least important level.').exactOptional(),
    }),
    output: logPage,
    run: (appliance, query) => appliance.logs(query),
  }),
  operation({
    name: 'operations.list',
    summary: 'Who changed what, the latest first.',
    ...{ scope: 'admin', reach: 'all', method: 'GET', path: '/operations' },
    errors: ['IO'],
    input: z.strictObject({ lines: number(1, 1000, 'At most so many.').default(100) }),
    output: operationsPage,
    run: async (appliance, { lines }) => ({ operations: await appliance.operations(lines) }),
  }),
  operation({
    name: 'audit',
    summary:
      'What became of everything the cameras sent within a window, by place and cause, and whether it adds up.',
    ...{ scope: 'read', reach: 'some', method: 'GET', path: '/audit' },
    errors: ['STREAM_UNKNOWN'],
    input: z.strictObject({
      stream: id.exactOptional(),
      lastMs: number(
        1,
        KEPT_MS,
        'Length of the window, milliseconds; default: since each stream was added.',
      ).exactOptional(),
      since: time.exactOptional(),
    }),
    output: auditView,
    run: async (appliance, query, caller) => {
      const view = await appliance.audit(query);
      const streams = view.streams.filter((stream) => maySee(caller, stream.id));
      return { ...view, streams, agrees: streams.every(({ agrees }) => agrees) };
    },
  }),
];
