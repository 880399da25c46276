/** The JetStream stream of an appliance's events: made where it is not there, else checked. */
import type { EventsSpec } from '../../spec/types.js';
import { RequestFailed } from '../nats-request.js';
import { subject, type SubjectScope } from '../subjects.js';
import { ApiError, type JetStream, type StreamConfig, type StreamInfo } from './jetstream.js';
import { type Names, type Refusal, refusalOf } from './problems.js';

/** Who has this description made the stream. */
const OURS = 'Events of a Weir appliance';
const SECOND = 1e9;
const HOUR = 3600 * SECOND;
/** How long JetStream remembers ids by itself; what is in doubt for longer is looked up in the stream. */
const DUPLICATES = HOUR;
/** The least that covers a message on its way over a connection that breaks. */
const LEAST_DUPLICATES = 30 * SECOND;

export interface EventStreamSpec {
  readonly scope: SubjectScope;
  readonly events: EventsSpec;
}

export interface Ready {
  readonly lastSeq: number;
  /** We may ask what the stream holds and who reads it. */
  readonly open: boolean;
  /** Where it is not as the spec says, but serves. */
  readonly notes: readonly string[];
}

function eventStreamName({ appliance }: SubjectScope): string {
  return `weir_${appliance}_events`;
}

function eventSubjects(scope: SubjectScope): string {
  return subject(scope, '*', 'events.*');
}

export function wantedConfig({ scope, events }: EventStreamSpec): StreamConfig {
  const age = Math.round(events.maxAgeHours * HOUR);
  return {
    name: eventStreamName(scope),
    description: OURS,
    subjects: [eventSubjects(scope)],
    retention: 'limits',
    storage: 'file',
    discard: 'old',
    max_age: age,
    max_bytes: events.maxBytes,
    duplicate_window: Math.min(DUPLICATES, age),
    num_replicas: 1,
  };
}

export function namesOf(spec: EventStreamSpec): Names {
  const { name, subjects = [], max_age, max_bytes, duplicate_window = 0 } = wantedConfig(spec);
  const limits = `--max-age ${max_age / SECOND}s --max-bytes ${max_bytes} --dupe-window ${duplicate_window / SECOND}s`;
  const add =
    `nats stream add ${name} --subjects '${subjects.join(',')}' --storage file --retention limits ` +
    `--discard old ${limits} --defaults`;
  return { stream: name, subjects: subjects.join(','), add };
}

/** Never rejects. */
export async function ensureEventStream(api: JetStream, spec: EventStreamSpec): Promise<Ready | Refusal> {
  const names = namesOf(spec);
  const wanted = wantedConfig(spec);
  try {
    const info = await api.info(wanted.name);
    if (!info) return ready(await api.create(wanted), []);
    return info.config.description === OURS ? await mended(api, info, wanted) : judged(info, wanted, names);
  } catch (error) {
    return blind(error) ? blindly() : await overlapNamed(api, refusalOf(error, names), wanted);
  }
}

function ready({ state }: StreamInfo, notes: readonly string[]): Ready {
  return { lastSeq: state.last_seq, open: true, notes };
}

/** We may publish, but not ask: whether the stream is there is seen by its acknowledgements. */
function blind(error: unknown): boolean {
  return error instanceof RequestFailed && error.fault === 'permission' && /STREAM\.INFO/.test(error.message);
}

function blindly(): Ready {
  const note =
    'we may not ask for the stream ($JS.API.STREAM.INFO, STREAM.MSG.GET): whether events of a long outage were taken is not checked';
  return { lastSeq: 0, open: false, notes: [note] };
}

/** It is ours: then it is as the spec says now. What else it has, such as replicas, stays. */
async function mended(api: JetStream, info: StreamInfo, wanted: StreamConfig): Promise<Ready> {
  const { num_replicas: _, ...changes } = wanted;
  if (differences(info.config, wanted).length === 0) return ready(info, []);
  try {
    return ready(await api.update({ ...info.config, ...changes }), []);
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof RequestFailed)) throw error;
    const differs = differences(info.config, wanted).join('; ');
    return ready(info, [`it cannot be made as the spec says (${error.message}): ${differs}`]);
  }
}

/** It is somebody else's, who may have reasons for what differs. */
function judged(info: StreamInfo, wanted: StreamConfig, names: Names): Ready | Refusal {
  const faults = unfit(info.config, wanted);
  if (faults.length > 0) return refusalOf(new ApiError(10052, faults.join('; ')), names);
  return ready(
    info,
    differences(info.config, wanted).map((each) => `it differs from the spec: ${each}`),
  );
}

const COMPARED = ['retention', 'storage', 'discard', 'max_age', 'max_bytes', 'duplicate_window'] as const;

function differences(found: StreamConfig, wanted: StreamConfig): string[] {
  const other = COMPARED.filter((key) => found[key] !== wanted[key]);
  const texts = other.map((key) => `${key} is ${found[key]}, the spec wants ${wanted[key]}`);
  return covers(found, wanted) ? texts : [`it does not take ${wanted.subjects?.join(',')}`, ...texts];
}

function unfit(found: StreamConfig, wanted: StreamConfig): string[] {
  return [
    ...(covers(found, wanted) ? [] : [`it does not take ${wanted.subjects?.join(',')}`]),
    ...(found.no_ack ? ['it acknowledges nothing (no_ack)'] : []),
    ...(found.sealed ? ['it is sealed'] : []),
    ...((found.duplicate_window ?? 0) < LEAST_DUPLICATES
      ? [
          `its duplicate window is ${(found.duplicate_window ?? 0) / SECOND} s, less than ${LEAST_DUPLICATES / SECOND} s`,
        ]
      : []),
  ];
}

function covers(found: StreamConfig, wanted: StreamConfig): boolean {
  return (wanted.subjects ?? []).every((each) => found.subjects?.some((wide) => includes(wide, each)));
}

/** Whether all that the second pattern matches, the first does too. */
export function includes(wide: string, narrow: string): boolean {
  const [a, b] = [wide.split('.'), narrow.split('.')];
  for (const [i, token] of a.entries()) {
    if (token === '>') return b.length > i;
    if (b[i] === undefined || b[i] === '>' || (token !== '*' && token !== b[i])) return false;
  }
  return a.length === b.length;
}

async function overlapNamed(
  api: JetStream,
  refusal: Refusal,
  { subjects = [] }: StreamConfig,
): Promise<Refusal> {
  if (refusal.problem !== 'overlap') return refusal;
  const others = await api.names(subjects[0] ?? '').catch(() => []);
  const who = others.length > 0 ? others.join(', ') : 'another stream';
  return { ...refusal, message: `the stream ${who} takes ${subjects.join(',')} already, or some of it` };
}
