/** The appliance as a process of its own, so that its CPU time is its own. */
import { fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WeirError } from '../../spec/error.js';
import { ChannelClient } from '../../worker/channel.js';
import { type Helper, stop, tail } from './child.js';

export interface ApplianceProcess extends Helper {
  readonly channel: ChannelClient;
}

/** `weir up spec`; its log goes to `logFile`, and what it remembers is forgotten with `stateDir`. */
export async function startAppliance(
  spec: string,
  logFile: string,
  stateDir: string,
): Promise<ApplianceProcess> {
  const own = extname(fileURLToPath(import.meta.url));
  const main = fileURLToPath(new URL(`../main${own === '.ts' ? '.cts' : '.cjs'}`, import.meta.url));
  const child = fork(main, ['up', spec], {
    serialization: 'advanced',
    env: { ...process.env, STATE_DIRECTORY: stateDir },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.stderr?.pipe(createWriteStream(logFile));
  const said = tail(child);
  const channel = new ChannelClient(child);
  try {
    await channel.ready;
  } catch (cause) {
    throw new WeirError('CHECK_FAILED', `${(cause as Error).message} before it was ready:\n${said()}`, {
      remedy: `its whole log is ${logFile}`,
      cause,
    });
  }
  return { child, channel, [Symbol.asyncDispose]: () => stop(child) };
}
