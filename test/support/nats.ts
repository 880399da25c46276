import { Running } from './process.js';
import { tempDir } from './temp.js';

export interface NatsOptions {
  /** Default: any free port of 127.0.0.1. */
  readonly port?: number;
  /** More arguments for nats-server, e.g. `['--auth', 'token']`. */
  readonly args?: readonly string[];
  /** False: none, unless a configuration in `args` asks for it; a reload of one that does not would end JetStream. */
  readonly jetstream?: boolean;
}

export interface NatsServer extends AsyncDisposable {
  readonly port: number;
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Starts a real nats-server with JetStream, its store in a folder of its own; resolves when it takes clients. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const store = await tempDir();
  const port = String(options.port ?? -1);
  const child = new Running('nats-server', [
    ...['-a', '127.0.0.1', '-p', port],
    ...((options.jetstream ?? true) ? ['-js', '-sd', store.path] : []),
    ...(options.args ?? []),
  ]);
  const stop = async (): Promise<void> => {
    await child.stop();
    await store.remove();
  };
  try {
    const listening = await child.line((line) => line.includes('Listening for client connections on'));
    await child.line((line) => line.includes('Server is ready'));
    const bound = Number(/:(\d+)$/.exec(listening)?.[1]);
    const url = `nats://127.0.0.1:${bound}`;
    return {
      port: bound,
      url,
      pid: child.pid,
      kill: (signal) => child.kill(signal),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
