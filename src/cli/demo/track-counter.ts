/** Counts distinct track ids per stream, as any consumer on NATS would. */
import { type NatsLink, openNats } from '../../sinks/nats-link.js';

interface Detections {
  readonly stream: string;
  readonly objects: readonly { readonly id?: string }[];
}

export class TrackCounter implements AsyncDisposable {
  readonly #link: NatsLink;
  readonly #seen = new Map<string, Set<string>>();

  constructor(server: string, subject: string) {
    this.#link = openNats({ servers: [server], name: 'weir demo' });
    this.#link.subscribe(subject, ({ data }) => {
      const { stream, objects } = JSON.parse(Buffer.from(data).toString('utf8')) as Detections;
      const seen = this.#seen.get(stream) ?? new Set();
      this.#seen.set(stream, seen);
      for (const { id } of objects) if (id !== undefined) seen.add(id);
    });
  }

  count(stream: string): number {
    return this.#seen.get(stream)?.size ?? 0;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#link.close();
  }
}
