/** What a probe has found, for people. */
import { assess, type Assessment, type ProbeReport } from '../../probe/index.js';
import { formatTable } from '../table.js';

/** One line. */
export function headline(report: ProbeReport): string {
  const { uri, codec, width, height, fps, kbitPerSecond } = report;
  const rates = `${fps.toFixed(1)} frames/s, ${Math.round(kbitPerSecond)} kbit/s`;
  return `${uri} shows ${codec} ${width}x${height}, ${rates}`;
}

export function connection({ address, connectMs, firstKeyFrameMs }: ProbeReport): string {
  return `connected to ${address} in ${Math.round(connectMs)} ms, first key frame after ${Math.round(firstKeyFrameMs)} ms`;
}

export function adviceLines({ advice }: ProbeReport): string[] {
  return advice.map(({ about, text }) => `→ ${about}: ${text}`);
}

export function table(report: ProbeReport): string {
  return formatTable<Assessment>(
    [
      { head: 'what', text: ({ about }) => about },
      { head: 'seen', text: ({ seen }) => seen },
      { head: 'good', text: ({ good }) => good },
      { head: '', text: ({ advice }) => (advice === undefined ? 'ok' : 'see below') },
    ],
    assess(report),
  );
}
