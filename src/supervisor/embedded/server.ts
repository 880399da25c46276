/** The appliance's own NATS server: started before all else, replaced when it ends, stopped when nobody needs it. */
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WeirError } from '../../spec/error.js';
import type { ApplianceSpec, EmbeddedNatsSpec, NatsSpec } from '../../spec/types.js';
import { pause } from '../../sinks/pause.js';
import type { Logger } from '../../worker/log.js';
import type { Redactor } from '../../worker/redact.js';
import { endOrphans, forgetWorkers, recordWorkers } from '../orphans.js';
import { clientFiles, reached } from './client.js';
import { NatsChild, serverVersion } from './nats-child.js';
import { serverConfig, USER } from './server-config.js';

export interface EmbeddedOptions {
  readonly spec: Pick<ApplianceSpec, 'appliance' | 'nats'>;
  /** Made where it is not there, mode 0700. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  readonly redactor: Redactor;
}

const LONGEST_PAUSE_MS = 30_000;
/** A server that ran so long begins a new count. */
const RESET_MS = 60_000;
const LOUD = /\[(WRN|ERR|FTL)\] (.*)/;
/** The file is ours alone. */
const HARMLESS = /Plaintext passwords detected/;

export class EmbeddedNats implements AsyncDisposable {
  /** As clients see it. */
  readonly nats: NatsSpec;
  readonly #options: EmbeddedOptions;
  readonly #configFile: string;
  readonly #recordFile: string;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #child: NatsChild;

  /** Undefined where the spec wants none. Rejects with NATS_UNAVAILABLE or IO. */
  static async open(options: EmbeddedOptions): Promise<EmbeddedNats | undefined> {
    const { embedded } = options.spec.nats;
    if (!embedded) return undefined;
    const { folder, env } = options;
    const version = await serverVersion(env);
    const recordFile = join(folder, 'server.json');
    const password = randomBytes(24).toString('base64url');
    options.redactor.add(password);
    await prepare(folder, password);
    await endOrphans(recordFile, 'SIGTERM');
    const configFile = join(folder, 'server.conf');
    const write = (port: number) => writeConfig(configFile, options, embedded, { port, password, version });
    await write(embedded.port);
    const child = begin(configFile, options);
    recordWorkers(recordFile, folder, child.pid === undefined ? [] : [child.pid]);
    try {
      const port = await child.ready;
      // One that ends is replaced at the same place: clients look for it there.
      await write(port);
      const url = `nats://127.0.0.1:${port}`;
      await writeFile(clientFiles(folder).url, `${url}\n`, { mode: 0o600 });
      options.log.info({ url, version }, 'nats-server runs');
      return new EmbeddedNats(options, url, child, configFile, recordFile);
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  private constructor(
    options: EmbeddedOptions,
    url: string,
    child: NatsChild,
    configFile: string,
    recordFile: string,
  ) {
    this.#options = options;
    this.nats = reached(options.spec.nats, url, options.folder);
    this.#child = child;
    this.#configFile = configFile;
    this.#recordFile = recordFile;
    this.#running = this.#keep();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#child.stop();
    await this.#running;
    forgetWorkers(this.#recordFile);
    await rm(clientFiles(this.#options.folder).url, { force: true });
  }

  async #keep(): Promise<void> {
    const { log, folder } = this.#options;
    const { signal } = this.#closing;
    for (let ends = 0; ;) {
      const began = performance.now();
      const how = await this.#child.ended;
      if (signal.aborted) return;
      ends = performance.now() - began > RESET_MS ? 1 : ends + 1;
      const ms = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** (ends - 1)) * (0.9 + 0.2 * Math.random());
      log.warn({ how, againInMs: Math.round(ms) }, 'nats-server ended');
      await pause(ms, signal);
      if (signal.aborted) return;
      const child = begin(this.#configFile, this.#options);
      this.#child = child;
      recordWorkers(this.#recordFile, folder, child.pid === undefined ? [] : [child.pid]);
      child.ready.then(
        () => log.info('nats-server runs again'),
        () => child.stop(),
      );
    }
  }
}

function begin(configFile: string, { env, log, redactor }: EmbeddedOptions): NatsChild {
  return new NatsChild(configFile, env, (line) => {
    const [, , text] = LOUD.exec(line) ?? [];
    if (text !== undefined && !HARMLESS.test(text)) log.warn(redactor.clean(`nats-server: ${text}`));
  });
}

async function prepare(folder: string, password: string): Promise<void> {
  const files = clientFiles(folder);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rm(files.url, { force: true });
    for (const [path, text] of [[files.user, USER] as const, [files.password, password] as const])
      await writeFile(path, text, { mode: 0o600 });
  } catch (cause) {
    throw new WeirError('IO', `${folder} cannot be written: ${(cause as Error).message}`, {
      remedy: 'point stateDir at a folder this user may write to',
      cause,
    });
  }
}

interface Written {
  readonly port: number;
  readonly password: string;
  readonly version: string;
}

async function writeConfig(
  file: string,
  { spec, folder }: EmbeddedOptions,
  embedded: EmbeddedNatsSpec,
  written: Written,
): Promise<void> {
  const storeDir = embedded.storeDir ?? join(folder, 'jetstream');
  const { appliance } = spec;
  await writeFile(file, serverConfig({ appliance, spec: embedded, storeDir, ...written }), { mode: 0o600 });
}
