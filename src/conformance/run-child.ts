/** The process in which a pipeline is tried: told where, it tells answers one by one, and ends. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadBinding, PACKAGE_ROOT } from '../native/loader.js';
import { type Film, filmRun } from './film-run.js';
import type { Row } from './report.js';
import type { RunMessage, RunRequest } from './run.js';
import { specToAsk } from './spec-to-ask.js';

const FILM: Film = { path: join(PACKAGE_ROOT, '.cache/footage/vtest-576.h264'), fps: 10 };

function send(message: RunMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

async function answer({ file, dir }: RunRequest): Promise<void> {
  const spec = specToAsk(file);
  const film = existsSync(FILM.path) ? FILM : undefined;
  try {
    if (spec) await filmRun({ binding: loadBinding(), spec, dir, film }, (row: Row) => void send({ row }));
    await send({ done: true });
  } catch (error) {
    await send({ failed: (error as Error).message });
  }
  // Native threads that hang must not keep the process.
  process.exit();
}

process.once('disconnect', () => process.exit());
process.once('message', (request: RunRequest) => void answer(request));
