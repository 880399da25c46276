/** Lines of the appliance's log as people read them: as `weir up` writes them on a terminal. */
import type { LogLine } from '../../supervisor/views.js';
import { readableLine } from '../../worker/log.js';
import { type Colour, paint } from '../text.js';

const COLOURS: Readonly<Record<string, Colour>> = { warn: 'yellow', error: 'red', fatal: 'red' };

export function logText({ time, level, message, pipeline, stream, details }: LogLine): string {
  const line = readableLine(JSON.stringify({ ...details, time, level, msg: message, pipeline, stream }));
  return paint(COLOURS[level], line);
}
