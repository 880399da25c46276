/** The connection to NATS. With last-values.ts the only file that knows the client library. */
import {
  connect,
  credsAuthenticator,
  Events,
  type NatsConnection,
  type Service,
  type ServiceMsg,
  type Subscription,
} from 'nats';

import { ensureLastValues, type LastValues } from './last-values.js';

export type NatsState =
  | { readonly kind: 'connecting'; readonly error?: string }
  | { readonly kind: 'connected'; readonly server: string }
  | { readonly kind: 'disconnected'; readonly error?: string }
  | { readonly kind: 'closed' };

export interface NatsMessage {
  readonly subject: string;
  readonly data: Uint8Array;
}

/** A request to an endpoint of a service. */
export interface ServiceRequest {
  readonly data: Uint8Array;
  header(name: string): string | undefined;
  /** Throws when the client refuses the answer. Does nothing where no answer is wanted. */
  respond(data: Uint8Array): void;
  /** `status` as of HTTP; `description` is one line. */
  refuse(status: number, description: string, data: Uint8Array): void;
}

export interface ServiceEndpoint {
  /** Without dots. */
  readonly name: string;
  readonly subject: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Never throws. */
  handle(request: ServiceRequest): void;
  /** What STATS says on top of the number of requests. */
  stats(): unknown;
}

/** What is found by `$SRV.PING`, `INFO` and `STATS`. */
export interface NatsService {
  readonly name: string;
  /** Semantic. */
  readonly version: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly endpoints: readonly ServiceEndpoint[];
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
  /** As `subscribe`. A service the server does not let in is tried again and again. */
  serve(service: NatsService): () => void;
  /**
   * Has the server keep the last message of each subject, from the next connection on. Where it has no JetStream, or
   * does not let us, that is told once as a problem, and all else goes on. Returns its undo.
   */
  keepLast(values: LastValues): () => void;
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
/** A service that is refused waits for somebody's change of its rights: so much longer than for a connection. */
const SERVICE_RETRIES = 30;

/** Connects in the background and for ever. Never throws: what is wrong is told by the state. */
export function openNats(options: NatsLinkOptions): NatsLink {
  return new Link(options);
}

interface Wanted {
  readonly subject: string;
  readonly onMessage: (message: NatsMessage) => void;
  active?: Subscription;
}

interface Served {
  readonly service: NatsService;
  active?: Service;
}

class Link implements NatsLink {
  readonly #options: NatsLinkOptions;
  readonly #listeners = new Set<(state: NatsState, problem?: string) => void>();
  readonly #wanted = new Set<Wanted>();
  readonly #served = new Set<Served>();
  readonly #kept = new Set<LastValues>();
  /** Of which it was told that they are not. */
  readonly #unkept = new WeakSet<LastValues>();
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

  serve(service: NatsService): () => void {
    const served: Served = { service };
    this.#served.add(served);
    void this.#host(served);
    return () => {
      this.#served.delete(served);
      void served.active?.stop();
    };
  }

  keepLast(values: LastValues): () => void {
    this.#kept.add(values);
    void this.#keep(values);
    return () => void this.#kept.delete(values);
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
    for (const served of this.#served) void this.#host(served);
    for (const values of this.#kept) void this.#keep(values);
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

  async #keep(values: LastValues): Promise<void> {
    if (!this.#connection) return;
    try {
      await ensureLastValues(this.#connection, values);
    } catch (error) {
      if (!this.#unkept.has(values)) this.#tell(`NATS: last values are not kept: ${reason(error)}`);
      this.#unkept.add(values);
    }
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

  /** One subscription that is refused ends the whole service: then all of it begins anew. */
  async #host(served: Served): Promise<void> {
    const connection = this.#connection;
    const here = () => this.#served.has(served) && this.#connection === connection;
    while (connection && here()) {
      const error = await this.#offer(connection, served);
      if (!here() || this.#closing.signal.aborted) return;
      this.#tell(`NATS: the service "${served.service.name}" has ended${error ? `: ${error.message}` : ''}`);
      await pause(SERVICE_RETRIES * (this.#options.retryMs ?? RETRY_MS), this.#closing.signal);
    }
  }

  /** Resolves when the service has ended. */
  async #offer(connection: NatsConnection, served: Served): Promise<Error | null> {
    const { endpoints, metadata, ...identity } = served.service;
    try {
      const statsHandler = async (endpoint: object) => statsOf(endpoints, endpoint);
      const active = await connection.services.add({ ...identity, metadata: { ...metadata }, statsHandler });
      served.active = active;
      for (const endpoint of endpoints) addEndpoint(active, endpoint);
      if (!this.#served.has(served)) void active.stop();
      return await active.stopped;
    } catch (error) {
      return error as Error;
    }
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

function addEndpoint(service: Service, { name, subject, metadata, handle }: ServiceEndpoint): void {
  service.addEndpoint(name, {
    subject,
    metadata: { ...metadata },
    handler: (error, message) => {
      if (!error) handle(requestOf(message));
    },
  });
}

/** The library hands over more of an endpoint than its types say. */
function statsOf(endpoints: readonly ServiceEndpoint[], asked: object): unknown {
  const { name } = asked as { name?: string };
  return endpoints.find((each) => each.name === name)?.stats() ?? null;
}

function requestOf(message: ServiceMsg): ServiceRequest {
  return {
    data: message.data,
    header: (name) => message.headers?.get(name) || undefined,
    respond: (data) => void message.respond(data),
    refuse: (status, description, data) => void message.respondError(status, description, data),
  };
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
