/** The connection to NATS. The only file that knows the client library. */
import { connect, credsAuthenticator, Events, type NatsConnection, type Subscription } from 'nats';

export type NatsState =
  | { readonly kind: 'connecting'; readonly error?: string }
  | { readonly kind: 'connected'; readonly server: string }
  | { readonly kind: 'disconnected'; readonly error?: string }
  | { readonly kind: 'closed' };

export interface NatsMessage {
  readonly subject: string;
  readonly data: Uint8Array;
}

/** What sinks and commands need of NATS. */
export interface NatsLink {
  readonly state: NatsState;
  /** Bytes must not change until a later `flush()` settles. Throws when the client refuses the message. */
  publish(subject: string, data: Uint8Array): void;
  /** Resolves once the server has taken all that was published; rejects when the connection was lost first. */
  flush(): Promise<void>;
  /** Survives reconnects, and may be asked for before the first connection. Returns its undo. */
  subscribe(subject: string, onMessage: (message: NatsMessage) => void): () => void;
  /** Calls back on every change of state and every error the server reports. Returns its undo. */
  watch(listener: (state: NatsState, problem?: string) => void): () => void;
  /** Delivers what was published, for at most `graceMs`. Idempotent. */
  close(graceMs?: number): Promise<void>;
}

export interface NatsLinkOptions {
  readonly servers: readonly string[];
  /** Shown in the server's connection list. */
  readonly name: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Content of a `.creds` file. */
  readonly creds?: string;
  readonly retryMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const RETRY_MS = 1_000;
// A peer that vanished without a word is noticed after two of these.
const PING_INTERVAL_MS = 10_000;
const GRACE_MS = 2_000;

/** Connects in the background and for ever. Never throws: what is wrong is told by the state. */
export function openNats(options: NatsLinkOptions): NatsLink {
  return new Link(options);
}

interface Wanted {
  readonly subject: string;
  readonly onMessage: (message: NatsMessage) => void;
  active?: Subscription;
}

class Link implements NatsLink {
  readonly #options: NatsLinkOptions;
  readonly #listeners = new Set<(state: NatsState, problem?: string) => void>();
  readonly #wanted = new Set<Wanted>();
  readonly #flushes = new Set<(error: Error) => void>();
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #state: NatsState = { kind: 'connecting' };
  #connection: NatsConnection | undefined;

  constructor(options: NatsLinkOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get state(): NatsState {
    return this.#state;
  }

  publish(subject: string, data: Uint8Array): void {
    if (!this.#connection) throw new Error('not connected to NATS');
    this.#connection.publish(subject, data);
  }

  async flush(): Promise<void> {
    if (!this.#connection) throw new Error('not connected to NATS');
    const flushed = this.#connection.flush();
    // A closed connection leaves its flushes unsettled.
    const abandoned = new Promise<never>((_, reject) => {
      this.#flushes.add(reject);
      const forget = () => this.#flushes.delete(reject);
      flushed.then(forget, forget);
    });
    await Promise.race([flushed, abandoned]);
  }

  subscribe(subject: string, onMessage: (message: NatsMessage) => void): () => void {
    const wanted: Wanted = { subject, onMessage };
    this.#wanted.add(wanted);
    this.#activate(wanted);
    return () => {
      this.#wanted.delete(wanted);
      wanted.active?.unsubscribe();
    };
  }

  watch(listener: (state: NatsState, problem?: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(graceMs = GRACE_MS): Promise<void> {
    if (!this.#closing.signal.aborted) {
      if (this.#state.kind === 'connected') await withinMs(graceMs, this.flush());
      this.#closing.abort();
      if (this.#connection) await withinMs(graceMs, this.#connection.close());
    }
    await this.#running;
  }

  /**
   * The library cannot abandon a first connection it was told to wait for, so the first is repeated here;
   * from then on the library reconnects by itself.
   */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#serve(await connect(this.#connectOptions()));
      } catch (error) {
        this.#enter({ kind: 'connecting', error: reason(error) });
      }
      await pause(this.#options.retryMs ?? RETRY_MS, signal);
    }
    this.#enter({ kind: 'closed' });
  }

  async #serve(connection: NatsConnection): Promise<void> {
    if (this.#closing.signal.aborted) return connection.close();
    this.#connection = connection;
    for (const wanted of this.#wanted) this.#activate(wanted);
    this.#enter({ kind: 'connected', server: connection.getServer() });
    const closed = connection.closed();
    // The iterator never ends on some paths of a close; `closed` always does.
    void this.#follow(connection);
    const error = await closed;
    this.#connection = undefined;
    for (const reject of this.#flushes) reject(new Error('the connection to NATS was closed'));
    this.#flushes.clear();
    if (error) throw error;
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (this.#connection !== connection || this.#closing.signal.aborted) return;
      if (status.type === Events.Disconnect) this.#enter({ kind: 'disconnected' });
      if (status.type === Events.Reconnect)
        this.#enter({ kind: 'connected', server: connection.getServer() });
      if (status.type === Events.Error) this.#tell(`NATS: ${String(status.data)}`);
    }
  }

  #connectOptions() {
    const { servers, name, user, password, token, creds, retryMs = RETRY_MS } = this.#options;
    return {
      servers: [...servers],
      name,
      timeout: CONNECT_TIMEOUT_MS,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: 2,
      maxReconnectAttempts: -1,
      reconnectTimeWait: retryMs,
      ignoreAuthErrorAbort: true,
      ...(user !== undefined && { user }),
      ...(password !== undefined && { pass: password }),
      ...(token !== undefined && { token }),
      ...(creds !== undefined && { authenticator: credsAuthenticator(Buffer.from(creds)) }),
      ...(servers.some((server) => server.startsWith('tls:')) && { tls: {} }),
    };
  }

  #activate(wanted: Wanted): void {
    if (!this.#connection) return;
    wanted.active = this.#connection.subscribe(wanted.subject, {
      callback: (error, message) => {
        if (error) this.#tell(`NATS: ${wanted.subject}: ${error.message}`);
        else wanted.onMessage(message);
      },
    });
  }

  #enter(state: NatsState): void {
    const same = JSON.stringify(state) === JSON.stringify(this.#state);
    this.#state = state;
    if (!same) this.#tell();
  }

  #tell(problem?: string): void {
    for (const listener of this.#listeners) listener(this.#state, problem);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  CONNECTION_REFUSED: 'connection refused',
  TIMEOUT: 'no answer in time',
  AUTHORIZATION_VIOLATION: 'the server refuses these credentials',
  AUTHENTICATION_EXPIRED: 'the credentials have expired',
  BAD_CREDS: 'the credentials are malformed',
};

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return REASONS[code ?? ''] ?? message ?? String(error);
}

async function withinMs(ms: number, work: Promise<void>): Promise<void> {
  const { promise, cancel } = timer(ms);
  await Promise.race([work.catch(() => undefined), promise]);
  cancel();
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, cancel } = timer(ms);
  signal.addEventListener('abort', cancel, { once: true });
  await promise;
  signal.removeEventListener('abort', cancel);
}

function timer(ms: number): { promise: Promise<void>; cancel: () => void } {
  let cancel = () => {};
  const promise = new Promise<void>((resolve) => {
    const handle = setTimeout(resolve, ms);
    cancel = () => {
      clearTimeout(handle);
      resolve();
    };
  });
  return { promise, cancel };
}
