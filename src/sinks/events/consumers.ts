/** How far those who read the stream of events are behind: the server knows, and is asked now and then. */
import type { JetStream } from './jetstream.js';

export interface ConsumersStatus {
  /** Durable ones. */
  readonly count: number;
  /** Events that the one furthest behind has still to be given or to acknowledge. */
  readonly pending: number;
}

const EVERY_MS = 15_000;

export class Consumers {
  #status: ConsumersStatus | undefined;

  constructor(
    private readonly api: Pick<JetStream, 'consumers'>,
    private readonly stream: string,
    private readonly everyMs = EVERY_MS,
  ) {}

  /** Undefined while nobody is asked, or who is asked does not tell. */
  get status(): ConsumersStatus | undefined {
    return this.#status;
  }

  /** Asks now and then, until it is disposed of. */
  watch(): Disposable {
    let watching = true;
    const ask = async (): Promise<void> => {
      const status = await this.api.consumers(this.stream).then(ofDurable, () => undefined);
      if (watching) this.#status = status;
    };
    const timer = setInterval(() => void ask(), this.everyMs).unref();
    void ask();
    return {
      [Symbol.dispose]: () => {
        watching = false;
        clearInterval(timer);
        this.#status = undefined;
      },
    };
  }
}

function ofDurable(all: Awaited<ReturnType<JetStream['consumers']>>): ConsumersStatus {
  const durable = all.filter(({ config }) => config.durable_name !== undefined);
  const pending = durable.map((each) => each.num_pending + each.num_ack_pending);
  return { count: durable.length, pending: Math.max(0, ...pending) };
}
