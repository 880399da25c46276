/** The connection to NATS: made again and again, each time with the login of that moment. */
import { connect, Events, type NatsConnection, type Subscription } from 'nats';
import { ensureLastValues, type LastValues } from './last-values.js';
import {
  type ConnectProblem,
  explain,
  type Login,
  loginOptions,
  type NatsAccess,
  type RefusalCause,
} from './nats-access.js';
import { ask, RequestFailed, type RequestOptions } from './nats-request.js';
import { type NatsService, offerService, type Served } from './nats-services.js';
import { pause, withinMs } from './pause.js';

export type { NatsService, ServiceEndpoint, ServiceRequest } from './nats-services.js';

export type NatsState =
  | { readonly kind: 'connecting'; readonly error?: string }
  | { readonly kind: 'connected'; readonly server: string }
  /** The connection is open, but the server does not take what we send. */
  | { readonly kind: 'stalled'; readonly server: string; readonly error: string }
  | { readonly kind: 'disconnected'; readonly error?: string }
  /** Somebody has to change something; tried again slowly, and at once when the login changes. */
  | {
      readonly kind: 'failed';
      readonly cause: RefusalCause;
      readonly error: string;
      readonly retryAt: string;
    }
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
  /** The answer's data. Rejects with RequestFailed, at once where there is no connection or it ends. */
  request(subject: string, data: Uint8Array, options?: RequestOptions): Promise<Uint8Array>;
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

export interface NatsLinkOptions extends Login {
  readonly servers: readonly string[];
  /** Shown in the server's connection list. */
  readonly name: string;
  /** Instead of a fixed login. */
  readonly access?: NatsAccess;
  readonly retryMs?: number;
  /** Between attempts of which only somebody's change makes a success. */
  readonly refusedRetryMs?: number;
  /** How often the login is looked at, where it can change. */
  readonly lookMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const RETRY_MS = 1_000;
const REFUSED_RETRY_MS = 30_000;
const LOOK_MS = 2_000;
// A peer that vanished without a word is given up after two of these.
const PING_INTERVAL_MS = 10_000;
/** One that does not answer for so many looks in a row is called stalled. */
const PULSE_MS = 250;
const STALLED_PULSES = 7;
const GRACE_MS = 2_000;
const MAX_TOLD = 256;
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

class Link implements NatsLink {
  readonly #options: NatsLinkOptions;
  readonly #listeners = new Set<(state: NatsState, problem?: string) => void>();
  readonly #wanted = new Set<Wanted>();
  readonly #served = new Set<Served>();
  readonly #kept = new Set<LastValues>();
  /** Of which it was told that they are not. */
  readonly #unkept = new WeakSet<LastValues>();
  /** Of flushes and requests: a closed connection leaves them unsettled. */
  readonly #abandon = new Set<(error: Error) => void>();
  readonly #closing = new AbortController();
  readonly #look: NodeJS.Timeout | undefined;
  readonly #running: Promise<void>;
  #state: NatsState = { kind: 'connecting' };
  #connection: NatsConnection | undefined;
  #connectedOnce = false;
  /** Addresses the servers told of each other. */
  #discovered: readonly string[] = [];
  /** Of the last attempt; empty where it could not be read, undefined while it is. */
  #login: string | undefined;
  /** Ends the pause between two attempts. */
  #again = new AbortController();

  constructor(options: NatsLinkOptions) {
    this.#options = options;
    if (options.access?.changes)
      this.#look = setInterval(() => void this.#compare(), options.lookMs ?? LOOK_MS).unref();
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
    await this.#whileConnected(this.#connection.flush());
  }

  async request(subject: string, data: Uint8Array, options: RequestOptions = {}): Promise<Uint8Array> {
    if (!this.#connection) throw new RequestFailed('lost', 'not connected to NATS');
    return this.#whileConnected(ask(this.#connection, subject, data, options));
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
      clearInterval(this.#look);
      if (this.#state.kind === 'connected') await withinMs(graceMs, this.flush());
      this.#closing.abort();
      if (this.#connection) await withinMs(graceMs, this.#connection.close());
    }
    await this.#running;
  }

  /**
   * The library could reconnect by itself, but with the login of the first time, and without a word on why it fails.
   */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      this.#again = new AbortController();
      const problem = await this.#attempt();
      if (!signal.aborted) await pause(this.#failed(problem), signal, this.#again.signal);
    }
    this.#enter({ kind: 'closed' });
  }

  /** Resolves with why there is no connection, or no more. */
  async #attempt(): Promise<ConnectProblem> {
    let login: Login;
    this.#login = undefined;
    try {
      login = await (this.#options.access?.read() ?? this.#options);
      if (this.#options.access) this.#login = JSON.stringify(login);
    } catch (error) {
      this.#login = '';
      return { cause: 'secret', message: (error as Error).message };
    }
    try {
      await this.#serve(await connect(this.#connectOptions(login)));
      return { message: 'the connection was closed' };
    } catch (error) {
      return explain(error, login);
    }
  }

  /** Resolves after the end of the connection; rejects where it was not we who ended it. */
  async #serve(connection: NatsConnection): Promise<void> {
    if (this.#closing.signal.aborted) return connection.close();
    this.#connection = connection;
    this.#connectedOnce = true;
    this.#discovered = connection.info?.connect_urls ?? [];
    for (const wanted of this.#wanted) this.#activate(wanted);
    for (const served of this.#served) void this.#host(served);
    for (const values of this.#kept) void this.#keep(values);
    this.#enter({ kind: 'connected', server: connection.getServer() });
    const pulse = this.#feelPulse(connection);
    // The iterator never ends on some paths of a close; `closed` always does.
    void this.#follow(connection);
    const error = await connection.closed();
    clearInterval(pulse);
    this.#connection = undefined;
    for (const reject of this.#abandon)
      reject(new RequestFailed('lost', 'the connection to NATS was closed'));
    this.#abandon.clear();
    if (error) throw error;
  }

  async #follow(connection: NatsConnection): Promise<void> {
    const told = new Set<string>();
    for await (const { type, data, permissionContext } of connection.status()) {
      if (this.#connection !== connection || this.#closing.signal.aborted) return;
      if (type !== Events.Error) continue;
      const context = permissionContext && ` (${permissionContext.operation} ${permissionContext.subject})`;
      const problem = `NATS: ${String(data)}${context ?? ''}`;
      // What is not allowed is asked for again now and then; once a connection is enough to hear of it.
      if (context === undefined || !told.has(problem)) this.#tell(problem);
      if (told.size < MAX_TOLD) told.add(problem);
    }
  }

  /** Counts looks, not time: after a pause of this process no server is to blame. */
  #feelPulse(connection: NatsConnection): NodeJS.Timeout {
    let missed = 0;
    let waiting = false;
    const ask = async (): Promise<void> => {
      waiting = true;
      await connection.flush().catch(() => undefined);
      waiting = false;
      missed = 0;
      if (this.#connection === connection && this.#state.kind === 'stalled')
        this.#enter({ kind: 'connected', server: this.#state.server });
    };
    return setInterval(() => {
      if (!waiting) return void ask();
      if (++missed !== STALLED_PULSES || this.#state.kind !== 'connected') return;
      const seconds = (STALLED_PULSES * PULSE_MS) / 1000;
      const error = `no answer for ${seconds} s, the connection is still open`;
      this.#enter({ kind: 'stalled', server: this.#state.server, error });
    }, PULSE_MS);
  }

  /** Milliseconds until the next attempt. */
  #failed({ cause, message: error }: ConnectProblem): number {
    const { retryMs = RETRY_MS, refusedRetryMs = REFUSED_RETRY_MS } = this.#options;
    if (this.#again.signal.aborted) return 0;
    const ms = Math.round((cause ? refusedRetryMs : retryMs) * (0.9 + 0.2 * Math.random()));
    const retryAt = new Date(Date.now() + ms).toISOString();
    if (cause) this.#enter({ kind: 'failed', cause, error, retryAt });
    else this.#enter({ kind: this.#connectedOnce ? 'disconnected' : 'connecting', error });
    return ms;
  }

  /** The login may have become another one: then it is another connection's. */
  async #compare(): Promise<void> {
    const login = await this.#options.access?.read().then(JSON.stringify, () => undefined);
    if (login === undefined || this.#login === undefined || login === this.#login) return;
    this.#login = login;
    this.#tell('NATS: the credentials have changed: connecting anew');
    this.#again.abort();
    const connection = this.#connection;
    if (!connection) return;
    await withinMs(GRACE_MS, this.flush());
    await connection.close();
  }

  #connectOptions(login: Login) {
    const { servers, name } = this.#options;
    const known = [...new Set([...servers, ...this.#discovered])];
    return {
      servers: known,
      noRandomize: true,
      name,
      timeout: CONNECT_TIMEOUT_MS,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: 2,
      reconnect: false,
      ...loginOptions(login, servers),
    };
  }

  async #keep(values: LastValues): Promise<void> {
    if (!this.#connection) return;
    try {
      await ensureLastValues(this.#connection, values);
    } catch (error) {
      if (!this.#unkept.has(values)) this.#tell(`NATS: last values are not kept: ${explain(error).message}`);
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

  /** A service that has ended begins anew. */
  async #host(served: Served): Promise<void> {
    const connection = this.#connection;
    const here = () => this.#served.has(served) && this.#connection === connection;
    while (connection && here()) {
      const error = await offerService(connection, served, () => this.#served.has(served));
      if (!here() || this.#closing.signal.aborted) return;
      this.#tell(`NATS: the service "${served.service.name}" has ended${error ? `: ${error.message}` : ''}`);
      await pause(SERVICE_RETRIES * (this.#options.retryMs ?? RETRY_MS), this.#closing.signal);
    }
  }

  async #whileConnected<T>(work: Promise<T>): Promise<T> {
    let forget = () => {};
    const abandoned = new Promise<never>((_, reject) => {
      this.#abandon.add(reject);
      forget = () => void this.#abandon.delete(reject);
    });
    try {
      return await Promise.race([work, abandoned]);
    } finally {
      forget();
    }
  }

  #enter(state: NatsState): void {
    const same = said(state) === said(this.#state);
    this.#state = state;
    if (!same) this.#tell();
  }

  #tell(problem?: string): void {
    for (const listener of this.#listeners) listener(this.#state, problem);
  }
}

/** Another attempt is no other state. */
function said(state: NatsState): string {
  return JSON.stringify({ ...state, retryAt: undefined });
}
