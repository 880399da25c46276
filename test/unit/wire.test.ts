import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAUSES, RETRY } from '../../src/streams/retry.js';
import { initialState } from '../../src/streams/stream-state.js';
import { INCIDENTS, PHASES, type StreamState, TROUBLES } from '../../src/streams/stream-types.js';
import { statusMessage } from '../../src/worker/status.js';
import { root } from '../support/paths.js';
import { wireFaults as faults } from '../support/wire.js';

const schema = JSON.parse(readFileSync(join(root, 'docs/wire.schema.json'), 'utf8'));
const doc = readFileSync(join(root, 'docs/wire.md'), 'utf8');

/** The examples of docs/wire.md. */
const [detections, status, event] = [...doc.matchAll(/```json\n(.*?)```/gs)].map((match) =>
  JSON.parse(match[1] ?? ''),
);

function change(message: object, patch: object): unknown {
  return JSON.parse(JSON.stringify({ ...message, ...patch }));
}

describe('the schema of messages', () => {
  it('accepts the examples in the documentation', () => {
    expect(faults(detections)).toEqual([]);
    expect(faults(status)).toEqual([]);
    expect(faults(event)).toEqual([]);
  });

  it('accepts objects that are not tracked, and frames without objects or media time', () => {
    const [{ id: _, ...untracked }] = detections.objects;
    expect(faults(change(detections, { objects: [untracked] }))).toEqual([]);
    expect(faults(change(detections, { objects: [], pts: undefined, inferred: false }))).toEqual([]);
  });

  it.each([
    ['a number as track id', { objects: [{ ...detections.objects[0], id: 17 }] }],
    ['a box without height', { objects: [{ ...detections.objects[0], box: { left: 1, top: 1, width: 1 } }] }],
    ['an unknown field', { camera: 'cam-1' }],
    ['another version', { schema: 'weir.detections.v2' }],
    ['a time without zone', { time: '2026-11-22T19:00:00.123456' }],
    ['a fraction of a nanosecond', { pts: 1.5 }],
    ['no stream', { stream: undefined }],
  ])('refuses detections with %s', (_, patch) => {
    expect(faults(change(detections, patch))).not.toEqual([]);
  });

  it.each([
    ['a state we do not know', { state: 'frozen' }],
    ['a cause we do not know', { cause: 'gremlins' }],
    ['"waiting" without a time', { retryAt: undefined }],
    ['"live" with a cause', { state: 'live', retryAt: undefined }],
    ['"connecting" without a phase', { state: 'connecting', retryAt: undefined }],
    ['a phase of a stream that waits', { phase: 'handshake' }],
    ['a loss we do not know', { losses: { gremlins: 1 } }],
    ['a trouble without words', { troubles: [{ kind: 'frozen', since: '2026-11-22T19:00:00Z' }] }],
  ])('refuses a status with %s', (_, patch) => expect(faults(change(status, patch))).not.toEqual([]));

  it.each([
    ['without id', { id: undefined }],
    ['of a kind that is no token', { kind: 'a.b' }],
    ['with data that is no object', { data: 7 }],
  ])('refuses an event %s', (_, patch) => expect(faults(change(event, patch))).not.toEqual([]));

  it('knows every cause the streams know', () => {
    expect([...schema.$defs.cause.enum].sort()).toEqual(Object.keys(RETRY).sort());
  });

  it('knows every phase, trouble and incident', () => {
    const { troubleKind, status: message } = schema.$defs;
    const kinds = troubleKind.enum as string[];
    expect([...kinds].sort()).toEqual([...TROUBLES].sort());
    expect(INCIDENTS.filter((incident) => !kinds.includes(incident))).toEqual(['format-changed']);
    expect([...message.properties.phase.enum].sort()).toEqual([...PHASES].sort());
  });

  it('fits what a worker makes of a state', () => {
    const base = initialState(0);
    const trouble = { kind: 'frozen', since: 0, message: 'why' } as const;
    const next = { action: 'warn', at: 5 } as const;
    const states: StreamState[] = [
      base,
      { ...base, kind: 'connecting', phase: 'queued', attempt: 1, cause: 'refused', message: 'why' },
      ...PHASES.map((phase) => ({ ...base, kind: 'connecting', phase, epoch: 2, next }) as const),
      { ...base, kind: 'live', epoch: 1, troubles: [trouble] },
      { ...base, kind: 'stalled', epoch: 1, cause: 'stalled', message: 'why' },
      { ...base, kind: 'failed', epoch: 1, attempt: 1, cause: 'unauthorized', message: 'why', retryAt: 1 },
    ];
    for (const state of states) expect(faults(told(state))).toEqual([]);
  });

  it('has no zeros in counts', () => {
    expect(told(initialState(0))).toMatchObject({ losses: { eos: 2 }, incidents: {} });
  });
});

function told(state: StreamState) {
  const losses = { ...zeros(CAUSES), eos: 2 };
  const incidents = zeros(INCIDENTS);
  const format = { codec: 'H264', width: 768, height: 576, fps: 10 };
  return statusMessage({ id: 'cam-1', state, losses, incidents }, { clock: { wall: (at) => at }, format });
}

function zeros<K extends string>(names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;
}

describe('the documentation of messages', () => {
  it.each(Object.keys(RETRY))('explains the cause %s', (cause) => expect(doc).toContain(`\`${cause}\``));
});
