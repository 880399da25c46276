/** A camera is tried before it becomes a stream. */
import { probeCamera, type ProbeTarget } from '../../probe/index.js';
import { say } from '../io.js';
import { adviceLines, connection, headline } from './text.js';

/** Says in a few lines what the camera shows and what to change. Throws PROBE_FAILED where it shows nothing. */
export async function probeFirst(stream: ProbeTarget, out: (line: string) => void = say): Promise<void> {
  const report = await probeCamera({ ...stream, seconds: 3 });
  for (const line of [headline(report), connection(report), ...adviceLines(report)]) out(line);
}
