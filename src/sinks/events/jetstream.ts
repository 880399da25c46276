/** What is asked of JetStream, as requests: https://docs.nats.io/reference/reference-protocols/nats_api_reference */
import type { NatsLink } from '../nats-link.js';
import type { RequestOptions } from '../nats-request.js';

type Asker = Pick<NatsLink, 'request'>;

/** JetStream said no. Codes: https://github.com/nats-io/nats-server/blob/main/server/errors.json */
export class ApiError extends Error {
  constructor(
    readonly errCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** Durations are nanoseconds. */
export interface StreamConfig {
  readonly name: string;
  readonly description?: string;
  readonly subjects?: readonly string[];
  readonly retention: string;
  readonly storage: string;
  readonly discard: string;
  readonly max_age: number;
  readonly max_bytes: number;
  readonly duplicate_window?: number;
  readonly num_replicas?: number;
  readonly no_ack?: boolean;
  readonly sealed?: boolean;
}

export interface StreamInfo {
  readonly config: StreamConfig;
  readonly state: { readonly last_seq: number };
}

export interface ConsumerInfo {
  readonly config: { readonly durable_name?: string };
  /** Not yet given to it. */
  readonly num_pending: number;
  /** Given, and not yet acknowledged. */
  readonly num_ack_pending: number;
}

export interface PubAck {
  readonly stream: string;
  readonly seq: number;
  readonly duplicate?: boolean;
}

export interface StoredMessage {
  readonly seq: number;
  /** Base64. */
  readonly hdrs?: string;
}

const API = '$JS.API';
const STREAM_NOT_FOUND = 10059;
const NO_MESSAGE = 10037;

export class JetStream {
  constructor(private readonly link: Asker) {}

  /** Undefined where there is no such stream. All methods reject with ApiError and RequestFailed. */
  info(name: string): Promise<StreamInfo | undefined> {
    return unless(STREAM_NOT_FOUND, this.#api<StreamInfo>(`STREAM.INFO.${name}`));
  }

  create(config: StreamConfig): Promise<StreamInfo> {
    return this.#api(`STREAM.CREATE.${config.name}`, config);
  }

  update(config: StreamConfig): Promise<StreamInfo> {
    return this.#api(`STREAM.UPDATE.${config.name}`, config);
  }

  /** Of streams that take a subject of these. */
  async names(subject: string): Promise<readonly string[]> {
    const { streams } = await this.#api<{ streams?: string[] | null }>('STREAM.NAMES', { subject });
    return streams ?? [];
  }

  async consumers(name: string): Promise<readonly ConsumerInfo[]> {
    const all: ConsumerInfo[] = [];
    for (;;) {
      const { consumers, total } = await this.#api<{ consumers?: ConsumerInfo[] | null; total: number }>(
        `CONSUMER.LIST.${name}`,
        { offset: all.length },
      );
      all.push(...(consumers ?? []));
      if (!consumers?.length || all.length >= total) return all;
    }
  }

  /** The first message on the subject from number `seq` on. */
  async messageFrom(name: string, seq: number, subject: string): Promise<StoredMessage | undefined> {
    const asked = this.#api<{ message: StoredMessage }>(`STREAM.MSG.GET.${name}`, {
      seq,
      next_by_subj: subject,
    });
    return (await unless(NO_MESSAGE, asked))?.message;
  }

  publish(subject: string, data: string, options: RequestOptions): Promise<PubAck> {
    return this.#ask(subject, data, options);
  }

  #api<T>(operation: string, body?: object): Promise<T> {
    return this.#ask(`${API}.${operation}`, body === undefined ? '' : JSON.stringify(body));
  }

  async #ask<T>(subject: string, data: string, options?: RequestOptions): Promise<T> {
    const answer = Buffer.from(await this.link.request(subject, Buffer.from(data), options)).toString('utf8');
    const { error, ...rest } = JSON.parse(answer) as {
      error?: { code?: number; err_code?: number; description?: string };
    };
    if (error) throw new ApiError(error.err_code ?? error.code ?? 0, error.description ?? 'no reason given');
    return rest as T;
  }
}

async function unless<T>(errCode: number, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ApiError && error.errCode === errCode) return undefined;
    throw error;
  }
}

/** The deduplication id a stored message came with. */
export function messageId({ hdrs = '' }: StoredMessage): string | undefined {
  return /^Nats-Msg-Id: *(.*?)\r$/im.exec(Buffer.from(hdrs, 'base64').toString('utf8'))?.[1];
}
