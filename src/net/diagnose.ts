/** A vague failure looked at more closely: does the camera take a connection at all, and is its TLS in order? */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ConnectFailure } from '../streams/connect-failure.js';
import type { Cause } from '../streams/retry.js';
import { seconds } from '../streams/words.js';
import { certificateProblem, systemIssuers } from './certificate.js';
import { bare, checkedAddress, type ResolveOptions } from './resolve.js';

export interface Diagnosis {
  readonly cause: Cause;
  /** Names host and port and nothing else of the URI. */
  readonly message: string;
}

export interface DiagnoseOptions extends ResolveOptions {
  /** For all of it; default 1500. */
  readonly timeoutMs?: number;
  /** Trusted issuers as PEM; default: the system's. */
  readonly issuers?: string;
}

const PORTS: Readonly<Record<string, number>> = { 'rtsp:': 554, 'rtsps:': 322 };

type Said = readonly [cause: Cause, words: string];

const SAID: Readonly<Record<string, Said>> = {
  ECONNREFUSED: ['refused', 'the connection is refused'],
  EHOSTUNREACH: ['unreachable', 'no route to the host, or it is down'],
  EHOSTDOWN: ['unreachable', 'the host is down'],
  ENETUNREACH: ['unreachable', 'no route to its network'],
  ENETDOWN: ['unreachable', 'the network interface is down'],
  EADDRNOTAVAIL: ['unreachable', 'this system has no address to reach it from'],
};

/** What is wrong between here and the camera; undefined when nothing is, or the URI is no network address. */
export async function diagnose(uri: string, options: DiagnoseOptions = {}): Promise<Diagnosis | undefined> {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const port = url && (Number(url.port) || PORTS[url.protocol]);
  if (!url || port === undefined) return undefined;
  const attempt = new Attempt(bare(url.hostname), port, options);
  try {
    if (url.protocol === 'rtsps:') await attempt.trust();
    else await attempt.reach();
    return undefined;
  } catch (error) {
    if (error instanceof ConnectFailure) return { cause: error.reason, message: error.message };
    throw error;
  } finally {
    attempt.close();
  }
}

class Attempt {
  readonly #timeoutMs: number;
  readonly #deadline: number;
  #socket: Socket | undefined;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly options: DiagnoseOptions,
  ) {
    this.#timeoutMs = options.timeoutMs ?? 1500;
    this.#deadline = performance.now() + this.#timeoutMs;
  }

  async reach(): Promise<void> {
    await this.#connected(connect({ host: await this.#address(), port: this.port }));
  }

  async trust(): Promise<void> {
    const ca = this.options.issuers ?? systemIssuers();
    const servername = isIP(this.host) === 0 ? { servername: this.host } : {};
    const to = { host: await this.#address(), port: this.port, ...servername };
    const tls = connectTls({ ...to, ...(ca !== undefined && { ca }), rejectUnauthorized: false });
    await this.#connected(tls);
    await this.#event(tls, 'secureConnect', 'connected, but no answer to the TLS handshake', tlsFailure);
    if (!tls.authorized) throw this.#failure('tls', certificateProblem(String(tls.authorizationError)));
  }

  close(): void {
    this.#socket?.destroy();
  }

  #address(): Promise<string> {
    return checkedAddress(this.host, { ...this.options, timeoutMs: this.#timeoutMs });
  }

  async #connected(socket: Socket): Promise<void> {
    this.#socket = socket;
    socket.on('error', () => {}); // one that comes after the answer concerns nobody
    await this.#event(socket, 'connect', 'no answer', (code) => SAID[code] ?? ['unreachable', code]);
  }

  async #event(socket: Socket, name: string, late: string, said: (code: string) => Said): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const words = `${late} within ${seconds(this.#timeoutMs)}`;
        const giveUp = (): void => reject(this.#failure('timeout', words));
        timer = setTimeout(giveUp, Math.max(0, this.#deadline - performance.now()));
        socket.once(name, () => resolve());
        socket.once('error', (error: NodeJS.ErrnoException) => {
          reject(this.#failure(...said(error.code ?? 'no connection')));
        });
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #failure(cause: Cause, words: string): ConnectFailure {
    return new ConnectFailure(cause, `${this.host}:${this.port}: ${words}`);
  }
}

function tlsFailure(code: string): Said {
  const silent = code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_SSL_WRONG_VERSION_NUMBER';
  return ['tls', silent ? 'what listens there does not speak TLS' : `the TLS handshake fails (${code})`];
}
