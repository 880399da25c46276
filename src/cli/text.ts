/** Texts of the appliance as a terminal shows them. */
import { styleText } from 'node:util';
import { printable } from '../net/printable.js';

/** What a camera says must not move the cursor of who reads it. Of any length. */
export function visible(text: string): string {
  return printable(text, Number.POSITIVE_INFINITY);
}

const STYLE = String.raw`\x1b\[[0-9;]*m`;
const PIECE = new RegExp(`${STYLE}|.`, 'gsu');

/** The line cut to so many characters; colours do not count, and do not run on. */
export function cut(line: string, width: number): string {
  let left = width;
  return (line.match(PIECE) ?? []).filter((piece) => piece.startsWith('\x1b[') || left-- > 0).join('');
}

/** Lines cut to the width of the terminal, where it is one. */
export function fit(
  text: string,
  out: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> = process.stdout,
): string {
  if (!out.isTTY) return text;
  return text
    .split('\n')
    .map((line) => cut(line, out.columns || Number.POSITIVE_INFINITY))
    .join('\n');
}

/** At most so many characters, the last of them `…` where some are missing. */
export function clip(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

export type Colour = 'red' | 'yellow' | 'green';

/** Colours for people: only on a terminal, and not where NO_COLOR asks for none. */
export function paint(colour: Colour | undefined, text: string): string {
  const wanted = process.stdout.isTTY === true && !process.env.NO_COLOR;
  return colour && wanted ? styleText(colour, text) : text;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** `12 s`, `5 min`, `3 h`, `2 d`: how long ago, rounded down. */
export function age(time: string, now: number = Date.now()): string {
  return duration((now - Date.parse(time)) / 1000);
}

/** The same of seconds. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [unit, size] = UNITS.find(([, each]) => whole >= each) ?? ['s', 1];
  return `${Math.floor(whole / size)} ${unit}`;
}

/** `in 3 s`, or `now`. */
export function due(time: string, now: number = Date.now()): string {
  const seconds = Math.ceil((Date.parse(time) - now) / 1000);
  return seconds > 0 ? `in ${duration(seconds)}` : 'now';
}

export function mebibytes(bytes: number): string {
  return String(Math.round(bytes / 1024 / 1024));
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
