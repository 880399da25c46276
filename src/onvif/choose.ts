/** Which of a camera's streams is for what. */
import { GOOD } from '../probe/advice.js';
import type { ProfileReport } from './report.js';

const CODECS = ['H264', 'H265'];

/** By token. */
export interface Choice {
  readonly analyse?: string;
  readonly main?: string;
}

/** To analyse: the largest that is not too large, or else the smallest. To show and record: the largest. */
export function choose(profiles: readonly ProfileReport[]): Choice {
  const usable = profiles
    .filter(({ codec, uri }) => CODECS.includes(codec) && uri !== undefined)
    .sort((a, b) => pixels(b) - pixels(a) || CODECS.indexOf(a.codec) - CODECS.indexOf(b.codec));
  const analyse = usable.find((profile) => pixels(profile) <= GOOD.width * GOOD.height) ?? usable.at(-1);
  const [main] = usable;
  return { ...(analyse && { analyse: analyse.token }), ...(main && { main: main.token }) };
}

function pixels({ width, height }: ProfileReport): number {
  return width * height;
}
