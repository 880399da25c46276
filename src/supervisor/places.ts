/** Where an appliance keeps what it remembers and is talked to. */
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { ApplianceSpec } from '../spec/types.js';

export interface Places {
  /** Unix socket of the control API. */
  readonly socket: string;
  /** Desired state that lies over the spec. */
  readonly stateFile: string;
  /** Held by the one process that runs the appliance. */
  readonly lockFile: string;
  /** Who changed what. */
  readonly operationsLog: string;
  /** Workers of a supervisor that was killed are found by it. */
  readonly workersFile: string;
  /** Folder of what waits for JetStream, one below for each pipeline and one for the supervisor. */
  readonly eventsDir: string;
  /** Folder of a NATS server of our own. */
  readonly natsDir: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** systemd's folders where it made some, else beside the spec and named as it is. */
export function places(
  spec: Pick<ApplianceSpec, 'control' | 'stateDir'>,
  specFile: string,
  env: Env = process.env,
): Places {
  const name = basename(specFile, extname(specFile)) || 'weir';
  const folder = spec.stateDir ?? firstOf(env.STATE_DIRECTORY) ?? dirname(resolve(specFile));
  const own = (suffix: string) => join(folder, `${name}.${suffix}`);
  return {
    socket: spec.control.socket ?? defaultSocket(specFile, env),
    stateFile: own('state.json'),
    lockFile: own('lock'),
    operationsLog: own('operations.jsonl'),
    workersFile: own('workers.json'),
    eventsDir: own('events'),
    natsDir: own('nats'),
  };
}

/** Where a spec does not name one. */
export function defaultSocket(specFile: string, env: Env = process.env): string {
  const runtime = firstOf(env.RUNTIME_DIRECTORY);
  if (runtime !== undefined) return join(runtime, 'weir.sock');
  const name = basename(specFile, extname(specFile)) || 'weir';
  return join(dirname(resolve(specFile)), `${name}.sock`);
}

/** systemd joins several with ":". */
function firstOf(list: string | undefined): string | undefined {
  return list?.split(':')[0] || undefined;
}
