/** Helper processes of the demo: started, waited for, and never left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { WeirError } from '../../spec/error.js';

const STOP_MS = 5_000;
const READY_MS = 15_000;
const TAIL_LINES = 5;

export interface Helper extends AsyncDisposable {
  readonly child: ChildProcess;
}

/** What a child last said on stderr. */
export function tail(child: ChildProcess): () => string {
  const lines: string[] = [];
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (lines.length > TAIL_LINES) lines.shift();
    });
  }
  return () => lines.join('\n');
}

export function spawnHelper(
  command: string,
  args: readonly string[],
  remedy: string,
): Promise<Helper & { said: () => string }> {
  return new Promise((resolve, reject) => {
    // Should this process be killed, the kernel kills the helper.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A helper that dies early takes its input with it; its exit is reported elsewhere.
    child.stdin.on('error', () => undefined);
    const said = tail(child);
    child.once('spawn', () => resolve({ child, said, [Symbol.asyncDispose]: () => stop(child) }));
    child.once('error', (cause) =>
      reject(
        new WeirError('CHECK_FAILED', `${command} cannot be started: ${cause.message}`, { remedy, cause }),
      ),
    );
  });
}

/** The child's first line on stdout. Rejects when it ends, or says nothing in time. */
export async function firstLine(name: string, helper: Helper & { said: () => string }): Promise<string> {
  const { child, said } = helper;
  const aborted = new AbortController();
  const deadline = AbortSignal.any([aborted.signal, AbortSignal.timeout(READY_MS)]);
  if (!child.stdout) throw new WeirError('INTERNAL', `${name} has no stdout`);
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit', { signal: deadline }).then(([code]) => `ended with exit code ${code}`);
  try {
    const first = once(lines, 'line', { signal: deadline }).then(([line]) => ({ line: String(line) }));
    const outcome = await Promise.race([first, ended]);
    if (typeof outcome !== 'string') return outcome.line;
    throw new WeirError('CHECK_FAILED', `${name} ${outcome}: ${said()}`);
  } catch (cause) {
    if (cause instanceof WeirError) throw cause;
    throw new WeirError('TIMEOUT', `${name} was not ready within ${READY_MS / 1000} s: ${said()}`, { cause });
  } finally {
    ended.catch(() => undefined);
    aborted.abort();
  }
}

/** SIGTERM, and SIGKILL to one that does not obey. Resolves once it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(kill);
}
