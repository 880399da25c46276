/** A connection to NATS that keeps what is published. */
import type { NatsLink, NatsService, NatsState } from '../../src/sinks/nats-link.js';

export interface FakeLink extends NatsLink {
  state: NatsState;
  /** In order of publishing; the bytes are copied. */
  readonly published: { readonly subject: string; readonly text: string }[];
  /** What is served. */
  readonly services: NatsService[];
  /** Texts published on a subject. */
  on(subject: string): string[];
  enter(state: NatsState): void;
}

export function fakeLink(): FakeLink {
  const listeners = new Set<(state: NatsState) => void>();
  const link: FakeLink = {
    state: { kind: 'connected', server: 'fake' },
    published: [],
    publish: (subject, data) => void link.published.push({ subject, text: Buffer.from(data).toString() }),
    flush: async () => {},
    request: async () => new Uint8Array(),
    services: [],
    subscribe: () => () => {},
    serve(service) {
      link.services.push(service);
      return () => void link.services.splice(link.services.indexOf(service), 1);
    },
    keepLast: () => () => {},
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => link.enter({ kind: 'closed' }),
    on: (subject) => link.published.filter((each) => each.subject === subject).map(({ text }) => text),
    enter(state) {
      link.state = state;
      for (const listener of listeners) listener(state);
    },
  };
  return link;
}
