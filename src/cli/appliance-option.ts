/** Which appliance a command talks to, and how. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { ControlClient } from '../control/client.js';
import { YamlSource } from '../spec/document.js';
import { WeirError } from '../spec/error.js';
import { valueAt } from '../spec/issues.js';
import { resolveSecret, Secret } from '../spec/secret.js';
import { defaultSocket } from '../supervisor/places.js';
import { DEFAULT_SPEC } from './spec-file.js';

export interface ApplianceOptions {
  readonly socket?: string;
  readonly spec?: string;
  readonly url?: string;
  readonly tokenFile?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Where systemd lets the appliance of the machine listen. */
const SYSTEM_SOCKET = '/run/weir/weir.sock';
const GROUP = 'Which appliance:';

/** Adds the options; `spec`: also the one that finds the socket by its spec. */
export function withApplianceOptions(command: Command, { spec = true } = {}): Command {
  const option = (flags: string, doc: string) =>
    command.addOption(
      new Option(flags, doc).helpGroup(GROUP).conflicts(flags.startsWith('--url') ? ['socket'] : []),
    );
  option('--socket <path>', `its control socket (default: WEIR_SOCKET, else that of its spec)`);
  if (spec)
    option('-s, --spec <file>', `its spec (default: ${DEFAULT_SPEC} if there is one, else ${SYSTEM_SOCKET})`);
  option('--url <url>', 'over TCP: http(s)://host:port of its control.listen (default: WEIR_URL)');
  option('--token-file <file>', 'file of the token to use with it (default: WEIR_TOKEN)');
  return command;
}

/** Connects with the first call. */
export function openClient(options: ApplianceOptions, env: Env = process.env): ControlClient {
  const url = options.url ?? (namesSocket(options, env) ? undefined : env.WEIR_URL);
  if (url) return new ControlClient({ url, token: token(options, env) });
  return new ControlClient({ socket: controlSocket(options, env) });
}

/** `--socket`, else WEIR_SOCKET, else that of the spec, else the machine's. */
export function controlSocket(options: ApplianceOptions, env: Env = process.env): string {
  const named = options.socket ?? env.WEIR_SOCKET;
  if (named) return resolve(named);
  if (options.spec !== undefined) return socketOf(options.spec, env);
  return existsSync(DEFAULT_SPEC) ? socketOf(DEFAULT_SPEC, env) : SYSTEM_SOCKET;
}

function namesSocket({ socket, spec }: ApplianceOptions, env: Env): boolean {
  return Boolean(socket ?? spec ?? env.WEIR_SOCKET);
}

/** Where the appliance of this spec listens. What else is wrong with the spec does not matter here. */
function socketOf(file: string, env: Env): string {
  const own = valueAt(new YamlSource(readText(file), file).value, ['control', 'socket']);
  return typeof own === 'string' ? resolve(dirname(file), own) : defaultSocket(file, env);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new WeirError('SPEC_UNREADABLE', `${file} cannot be read: ${(cause as Error).message}`, {
      remedy: 'name the spec with --spec, or the socket with --socket',
      cause,
    });
  }
}

function token({ tokenFile }: ApplianceOptions, env: Env): Secret | undefined {
  if (tokenFile !== undefined) return resolveSecret({ from: 'file', path: resolve(tokenFile) });
  return env.WEIR_TOKEN ? new Secret(env.WEIR_TOKEN) : undefined;
}
