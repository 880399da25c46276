/** The process that is thrown away: told of one camera, it tries it, tells what it found, and ends. */
import { writeFileSync } from 'node:fs';
import { loadBinding } from '../native/loader.js';
import type { NativeBinding } from '../native/types.js';
import { WeirError } from '../spec/error.js';
import { ConnectFailure } from '../streams/connect-failure.js';
import { tryCamera } from './attempt.js';
import type { ProbeMessage, ProbeRequest } from './protocol.js';

const MAX_MEMORY = 1024 ** 3;

/** Where memory runs short, this process goes first. */
function offerUp(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // A system without it decides by itself.
  }
}

function load(): NativeBinding {
  const binding = loadBinding();
  binding.probe?.prepare();
  if (process.env.WEIR_DUMPABLE !== '1') binding.hideMemory?.();
  binding.probe?.confine(MAX_MEMORY);
  return binding;
}

function told(error: unknown): ProbeMessage {
  if (error instanceof ConnectFailure)
    return { type: 'failure', cause: error.reason, message: error.message };
  if (!(error instanceof WeirError)) return { type: 'fault', code: 'INTERNAL', message: String(error) };
  const { code, message, remedy } = error;
  return { type: 'fault', code, message, ...(remedy !== undefined && { remedy }) };
}

function send(message: ProbeMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

async function answer(request: ProbeRequest): Promise<void> {
  try {
    const binding = load();
    await send({ type: 'ready' });
    await send(await tryCamera(request, binding));
  } catch (error) {
    await send(told(error));
  }
  // Native threads that hang must not keep the process.
  process.exit();
}

process.once('disconnect', () => process.exit());
process.once('message', (request: ProbeRequest) => void answer(request));
offerUp();
