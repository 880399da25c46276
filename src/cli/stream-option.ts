/** Options that describe a stream, and what they make of it. */
import { createReadStream } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { YamlSource } from '../spec/document.js';
import { WeirError } from '../spec/error.js';
import { record } from '../spec/fault.js';
import { compact } from '../spec/freeze.js';
import { MAX_BYTES } from '../spec/limits.js';
import { oneOf } from '../spec/notes.js';
import { formatProblems } from '../spec/problem.js';
import { streamSchema } from '../spec/schema.js';
import { number } from './number-option.js';
import { passwordOption, userOption } from './probe/options.js';

export interface StreamOptions {
  readonly liveUri?: string;
  readonly recordUri?: string;
  readonly user?: string;
  readonly password?: string;
  readonly transport?: string;
  readonly latency?: number;
  readonly fps?: number;
  readonly file?: string;
}

/** A stream's description, or a merge patch on one. */
export type Description = Readonly<Record<string, unknown>>;

const GROUP = 'The stream:';

export function withStreamOptions(command: Command): Command {
  const options = [
    new Option('--live-uri <uri>', 'address of what is shown live'),
    new Option('--record-uri <uri>', 'address of what is recorded'),
    userOption(),
    passwordOption(),
    new Option('--transport <how>', 'how RTP is carried').choices(['tcp', 'udp']),
    new Option('--latency <ms>', 'depth of the jitter buffer').argParser(number(0, 10_000)),
    new Option('--fps <n>', 'declared frame rate').argParser(number(0.1, 240)),
    new Option('--file <file>', 'the description as in weir.yaml, as YAML or JSON; -: from stdin'),
  ];
  for (const option of options) command.addOption(option.helpGroup(GROUP));
  return command;
}

/** What the options say but the addresses. */
export function plainKeys(options: StreamOptions): Description {
  const { user, password, transport, fps, latency } = options;
  return compact({ user, password, transport, latencyMs: latency, fps });
}

/** `now` with the addresses of the options in it; as short as it can be written. */
export function fullUri(now: unknown, uri: string | undefined, options: StreamOptions): unknown {
  const parts = { ...(typeof now === 'string' ? { analyse: now } : record(now)), ...given(uri, options) };
  return Object.keys(parts).length === 1 && 'analyse' in parts ? parts.analyse : parts;
}

/** A merge patch on the `uri` a stream has now, which may be shown without its path. Undefined: nothing changes. */
export function uriPatch(
  now: unknown,
  uri: string | undefined,
  options: StreamOptions & { readonly unset?: readonly string[] },
): unknown {
  const { analyse, ...others } = given(uri, options);
  const gone = goneParts(options.unset);
  const parts = { ...(analyse !== undefined && { analyse }), ...others, ...gone };
  if (typeof now !== 'string') return Object.keys(parts).length > 0 ? parts : undefined;
  if (Object.keys(others).length === 0) return analyse;
  if (analyse !== undefined) return { analyse, ...others };
  throw new WeirError('USAGE', 'the stream has one address for all; name that too', {
    remedy: 'weir streams update <id> <uri> --live-uri <uri>',
  });
}

/** Whether the options say anything of it. */
export function namesUri(
  uri: string | undefined,
  options: StreamOptions & { readonly unset?: readonly string[] },
) {
  return Object.keys({ ...given(uri, options), ...goneParts(options.unset) }).length > 0;
}

function given(uri: string | undefined, { liveUri, recordUri }: StreamOptions) {
  return compact({ analyse: uri, live: liveUri, record: recordUri });
}

function goneParts(unset: readonly string[] = []) {
  const parts = unset.flatMap((key) => (key.startsWith('uri.') ? [key.slice('uri.'.length)] : []));
  return Object.fromEntries(parts.map((part) => [part, null]));
}

/** Keys of a stream that may be left out, as `--unset` calls them. */
const OPTIONAL_KEYS = [
  ...Object.keys(streamSchema.shape).filter((key) => key !== 'id' && key !== 'uri'),
  'uri.live',
  'uri.record',
];

export function unsetKey(key: string, before: readonly string[] = []): string[] {
  if (OPTIONAL_KEYS.includes(key)) return [...before, key];
  throw new InvalidArgumentError(`Expected ${oneOf(OPTIONAL_KEYS)}.`);
}

/** YAML or JSON. Rejects with SPEC_INVALID, line and column where it is neither, or no map. */
export async function readDescription(file: string): Promise<Description> {
  const name = file === '-' ? 'stdin' : file;
  const source = new YamlSource(await readText(file, name), name);
  const value = record(source.value);
  const problems =
    source.problems.length === 0 && value !== source.value
      ? [source.at([], 'expected a map as under "streams" in weir.yaml')]
      : source.problems;
  if (problems.length > 0) throw new WeirError('SPEC_INVALID', formatProblems(problems));
  return value;
}

async function readText(file: string, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of (file === '-'
      ? process.stdin
      : createReadStream(file)) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new WeirError('IO', `${name} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return Buffer.concat(chunks).toString('utf8');
}
