/** The HTTP doors before an appliance in memory, and a client that sends what it is told to. */
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { Control } from '../../src/control/invoke.js';
import { openControlHttp } from '../../src/control/http/open.js';
import type { Timeouts } from '../../src/control/http/server.js';
import { openNatsDoor } from '../../src/control/nats-door.js';
import type { PeerCredentials } from '../../src/native/sys.js';
import type { ControlSpec, TokenSpec } from '../../src/spec/types.js';
import { fakeLink } from './fake-link.js';
import { FakeAppliance, type FakeApplianceOptions } from './fake-appliance.js';
import { assemble } from './owned.js';
import { readSpec, specText } from './spec.js';
import { tempDir } from './temp.js';

/** By the name of its holder. */
export const TOKENS = {
  reader: 'reader-token-0123456789',
  operator: 'operator-token-0123456789',
  admin: 'admin-token-0123456789',
  /** May operate, but sees cam-1 and yard-* only. */
  guard: 'guard-token-0123456789',
} as const;
export type Holder = keyof typeof TOKENS;

export const TOKEN_ENV = Object.fromEntries(
  Object.entries(TOKENS).map(([name, token]) => [`WEIR_${name.toUpperCase()}`, token]),
);

const TOKEN_SPECS = [
  token('reader', 'read'),
  token('operator', 'operate'),
  token('admin', 'admin'),
  token('guard', 'operate', ['cam-1', 'yard-*']),
];

function token(name: Holder, scope: TokenSpec['scope'], cameras?: readonly string[]) {
  return { name, token: `\${env:WEIR_${name.toUpperCase()}}`, scope, ...(cameras && { cameras }) };
}

export const CAMERAS = {
  main: {
    slots: 8,
    streams: [
      { id: 'cam-1', uri: 'rtsp://192.0.2.1/1' },
      { id: 'cam-2', uri: 'rtsp://192.0.2.2/1' },
      { id: 'yard-1', uri: 'rtsp://192.0.2.3/1' },
    ],
  },
};

export interface DoorsOptions {
  readonly appliance?: FakeApplianceOptions;
  /** As under `control` in weir.yaml, on top of TCP with the tokens. */
  readonly control?: object;
  /** Default: 192.0.2.0/24. */
  readonly cameraNetworks?: readonly string[] | undefined;
  readonly peer?: Partial<PeerCredentials>;
  readonly timeouts?: Timeouts;
  readonly deadlineMs?: number;
}

export interface Doors {
  readonly appliance: FakeAppliance;
  readonly control: Control;
  readonly spec: ControlSpec;
  readonly socketPath: string;
  readonly port: number;
  /** Lines of the log, as JSON. */
  readonly log: string[];
  /** Over TCP; `as`: with the holder's token. */
  tcp(asked: Asked): Promise<Answer>;
  /** Over the socket. */
  local(asked: Asked): Promise<Answer>;
}

/** The answers of the appliance are held to the schemas. */
export function openDoors(options: DoorsOptions = {}): Promise<Doors & AsyncDisposable> {
  return assemble(async (own) => {
    const dir = own(await tempDir());
    const socketPath = join(dir.path, 'weir.sock');
    const appliance = new FakeAppliance(options.appliance ?? { pipelines: CAMERAS });
    const log: string[] = [];
    const control = controlOf(appliance, log, options);
    const spec = controlSpec(options.control);
    const http = own(
      await openControlHttp({
        ...{ control, spec, socketPath, env: TOKEN_ENV, log: logTo(log), sys: fakeSys(options.peer) },
        ...(options.timeouts && { timeouts: options.timeouts }),
      }),
    );
    const port = http.url === undefined ? 0 : Number(new URL(http.url).port);
    return {
      ...{ appliance, control, spec, socketPath, port, log },
      tcp: (asked) => ask({ host: '127.0.0.1', port }, asked),
      local: (asked) => ask({ socketPath }, asked),
    };
  });
}

export function controlOf(
  appliance: FakeAppliance,
  log: string[] = [],
  { deadlineMs, ...options }: DoorsOptions = {},
): Control {
  const cameraNetworks = 'cameraNetworks' in options ? options.cameraNetworks : ['192.0.2.0/24'];
  return new Control({
    ...{ appliance, log: logTo(log), strict: true, cameraNetworks: () => cameraNetworks },
    ...(deadlineMs !== undefined && { deadlineMs }),
  });
}

export function controlSpec(control: object = {}): ControlSpec {
  const text = specText(
    'nats://127.0.0.1:4222',
    {},
    {
      control: { listen: '127.0.0.1:0', tokens: TOKEN_SPECS, rate: 10_000, ...control },
    },
  );
  return readSpec(text).control;
}

/** Asks over NATS, without a server. */
export type AskNats = (operation: string, text: string) => Promise<Pick<Answer, 'status' | 'json'>>;

export function natsDoor(control: Pick<Control, 'invoke'>, log: string[] = []): AskNats {
  const link = fakeLink();
  const spec = readSpec(specText('nats://127.0.0.1:4222', {}, { control: { nats: 'admin' } }));
  openNatsDoor({ control, link, spec, version: '0.1.0', log: logTo(log) });
  const endpoints = link.services.flatMap((service) => service.endpoints);
  return (operation, text) =>
    new Promise((resolve) => {
      const answer = (status: number) => (data: Uint8Array) =>
        resolve({ status, json: JSON.parse(Buffer.from(data).toString()) });
      endpoints
        .find(({ subject }) => subject === `weir.gate.ctl.${operation}`)
        ?.handle({
          data: Buffer.from(text),
          header: () => undefined,
          respond: answer(200),
          refuse: (status, _description, data) => answer(status)(data),
        });
    });
}

export function logTo(lines: string[]) {
  const write = (level: string) => (details: object, message?: string) => {
    const { err, ...rest } = details as { err?: Error };
    lines.push(JSON.stringify({ level, message, ...rest, ...(err && { err: String(err.stack) }) }));
  };
  return { info: write('info'), warn: write('warn'), error: write('error') } as never;
}

export function fakeSys(peer: Partial<PeerCredentials> = {}) {
  const self = { pid: process.pid, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, groups: [] };
  return {
    peerCredentials: () => ({ ...self, ...peer }),
    groupId: (name: string) => (name === 'nobody-knows' ? undefined : self.gid),
  };
}

export interface Asked {
  readonly method?: string;
  /** Below /v1, with its query; or, beginning with //, as it is without the first slash. */
  readonly path: string;
  readonly as?: Holder;
  readonly headers?: OutgoingHttpHeaders;
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** Undefined where it is no JSON. */
  readonly json: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

type To = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** A connection per request. */
export function ask(to: To, { method = 'GET', path, as, headers, body }: Asked): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const full = path.startsWith('//') ? path.slice(1) : `/v1${path}`;
  const sent = {
    ...(as && { authorization: `Bearer ${TOKENS[as]}` }),
    ...(text !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const made = request({ ...to, method, path: full, headers: sent, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = Buffer.concat(chunks);
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, bytes, text: bytes.toString(), json: parsed(bytes.toString()) });
      });
    });
    made.once('error', reject);
    made.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
