/** The command line in this process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { reportError } from '../../src/cli/errors.js';
import { buildProgram } from '../../src/cli/program.js';
import { withTempDir } from './temp.js';

/** From now on, what this process writes; until `vi.restoreAllMocks()`. */
export function captured() {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      text[name] += String(chunk);
      return true;
    });
  }
  return text;
}

/** Runs a command in this process: what it wrote and its exit code. */
export async function weir(...args: string[]) {
  const text = captured();
  let code = 0;
  try {
    await buildProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    code = reportError(error);
  }
  vi.restoreAllMocks();
  return { ...text, code };
}

/** One camera that is not there. */
export const SPEC = `appliance: gate
pipelines:
  - id: main
    detector: { model: synthetic }
    streams:
      - { id: cam-1, uri: "rtsp://127.0.0.1:1/a" }
`;

/** Runs `use` with a file of that text, in a folder of its own. */
export function withSpec<T>(text: string, use: (file: string, dir: string) => Promise<T>): Promise<T> {
  return withTempDir((dir) => {
    const file = join(dir, 'weir.yaml');
    writeFileSync(file, text);
    return use(file, dir);
  });
}
