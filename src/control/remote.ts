/**
 * What callers over the network may not do, whatever their scope: widen which addresses the appliance reaches, make
 * it read files, or have a secret sent to an address it was not meant for. What is there already may stay.
 */
import { isDeepStrictEqual } from 'node:util';
import { WeirError } from '../spec/error.js';
import { record } from '../spec/fault.js';
import { show } from '../spec/problem.js';
import type { Json } from '../supervisor/state/json.js';
import { mergePatch } from '../supervisor/state/merge-patch.js';
import type { ControlledAppliance } from './appliance.js';
import type { Input } from './input.js';

type Declared = Readonly<Record<string, unknown>>;

export interface RemoteContext {
  readonly appliance: Pick<ControlledAppliance, 'streams' | 'stream'>;
  /** As the spec in force has it. */
  readonly cameraNetworks: readonly string[] | undefined;
}

/** By operation: every one that takes a stream or a spec. They return the input to go on with. */
export const GUARDS: Readonly<Record<string, (input: Input, context: RemoteContext) => Promise<Input>>> = {
  async 'streams.add'(input, context) {
    const stream = record(input.stream);
    checkStream(stream, await present(context, stream.id), context);
    return input;
  },
  async 'streams.update'(input, context) {
    const { spec } = await context.appliance.stream(String(input.id));
    const changes = record(input.changes);
    const next = record(mergePatch(spec as Json, changes as Json));
    if (checkStream(next, spec, context)) return input;
    // Judged without secrets, it must not meet any that came meanwhile.
    return { ...input, changes: { ...changes, user: null, password: null } };
  },
  async apply(input, context) {
    const streams = await context.appliance.streams();
    const known = new Map<unknown, Declared>(streams.map(({ id, spec }) => [id, spec]));
    for (const stream of declared(record(input.spec))) checkStream(stream, known.get(stream.id), context);
    return input;
  },
};

async function present({ appliance }: RemoteContext, id: unknown): Promise<Declared | undefined> {
  return (await appliance.streams()).find((each) => each.id === id)?.spec;
}

function declared(spec: Declared): Declared[] {
  return list(spec.pipelines).flatMap((pipeline) => list(record(pipeline).streams).map(record));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** True where it reaches, reads and sends nothing that is new; throws where it may not. */
function checkStream(next: Declared, current: Declared | undefined, context: RemoteContext): boolean {
  if (current && reachesAsBefore(next, current)) return true;
  const name = `stream ${show(next.id)}`;
  if (context.cameraNetworks === undefined) throw networksMissing(name);
  if (addresses(next.uri).some((address) => /^\s*file:/i.test(address))) throw fileRefused(name);
  if (next.user != null || next.password != null || holdsReference(next)) throw secretsRefused(name);
  return false;
}

/** Another path of the same camera is nothing new; what is there is told without paths, as they may be secret. */
function reachesAsBefore(next: Declared, current: Declared): boolean {
  const known = addresses(current.uri);
  const login = ({ user, password }: Declared) => [user, password];
  return (
    addresses(next.uri).every((address) => known.includes(address)) &&
    isDeepStrictEqual(login(next), login(current))
  );
}

/** Scheme, host and port; of a file, all. */
function addresses(uri: unknown): string[] {
  const all: unknown[] = typeof uri === 'string' ? [uri] : Object.values(record(uri));
  const texts = all.filter((each) => typeof each === 'string');
  return texts.map(
    (text) => /^(?!file:)[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(text)?.[0].toLowerCase() ?? text,
  );
}

function holdsReference(value: unknown): boolean {
  if (typeof value === 'string') return /\$\{\s*(env|file):/i.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsReference);
}

function networksMissing(name: string): WeirError {
  const rule =
    'cameras can be added over the network only where cameraNetworks says which addresses they may have';
  return new WeirError('URI_REFUSED', `${name}: ${rule}`, {
    remedy: 'set cameraNetworks in the spec, or do it at the appliance, over its socket',
  });
}

function fileRefused(name: string): WeirError {
  return new WeirError('URI_REFUSED', `${name}: file: streams cannot be added over the network`, {
    remedy: 'do it at the appliance, over its socket',
  });
}

function secretsRefused(name: string): WeirError {
  const rule = 'over the network neither secrets nor the address they are sent to can be set';
  return new WeirError('FORBIDDEN', `${name}: ${rule}`, {
    remedy: 'do it at the appliance, over its socket',
  });
}
