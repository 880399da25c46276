/** A NATS server whose configuration can change while it runs, and whose store outlives it; and what its streams hold. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AckPolicy, connect, type ConnectionOptions, DeliverPolicy } from 'nats';
import type { EventMessage } from '../../src/sinks/events/event-sink.js';
import { type NatsServer, startNats } from './nats.js';
import { tempDir } from './temp.js';

export interface BrokerOptions {
  /** Lines of its configuration besides JetStream. */
  readonly config?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Folder of JetStream; default: one of its own. */
  readonly store?: string;
  readonly jetstream?: false;
  /** Of its JetStream. */
  readonly domain?: string;
}

export interface Broker extends NatsServer {
  /** Puts these lines in place of the others, and has the server read them (SIGHUP). */
  configure(config: string): Promise<void>;
}

export async function startBroker({
  config = '',
  port,
  store,
  jetstream,
  domain,
}: BrokerOptions = {}): Promise<Broker> {
  const dir = await tempDir();
  const file = join(dir.path, 'nats.conf');
  const storeDir = store ?? join(dir.path, 'store');
  // A reload of a configuration without JetStream ends it, whatever the command line says.
  const settings = `store_dir: "${storeDir}"${domain === undefined ? '' : `, domain: ${domain}`}`;
  const write = (text: string) =>
    writeFile(file, (jetstream ?? true) ? `jetstream { ${settings} }\n${text}` : text);
  await write(config);
  const server = await startNats({
    ...{ args: ['-c', file], jetstream: false },
    ...(port !== undefined && { port }),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await dir.remove();
  };
  const configure = async (text: string): Promise<void> => {
    await write(text);
    server.kill('SIGHUP');
  };
  return { ...server, configure, stop, [Symbol.asyncDispose]: stop };
}

export interface StoredEvent extends EventMessage {
  readonly subject: string;
}

export interface StoredIn {
  readonly stream?: string;
  /** Default: one without a name, which goes when nobody asks. */
  readonly consumer?: string;
}

/** Everything a stream of events holds, in order. */
export async function storedEvents(
  options: ConnectionOptions,
  { stream = 'weir_gate_events', consumer: named }: StoredIn = {},
): Promise<StoredEvent[]> {
  const nc = await connect(options);
  try {
    const manager = await nc.jetstreamManager();
    const all: StoredEvent[] = [];
    if ((await manager.streams.info(stream)).state.messages === 0) return all;
    const { name } = await manager.consumers.add(stream, {
      ...{ ack_policy: AckPolicy.None, deliver_policy: DeliverPolicy.All, inactive_threshold: 5e9 },
      ...(named !== undefined && { name: named }),
    });
    const consumer = await nc.jetstream().consumers.get(stream, name);
    for await (const message of await consumer.consume()) {
      all.push({ ...message.json<EventMessage>(), subject: message.subject });
      if (message.info.pending === 0) break;
    }
    return all;
  } finally {
    await nc.close();
  }
}
