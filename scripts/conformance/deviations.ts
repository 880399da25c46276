/** The numbered list of docs/stand-in.md. */
import { readFileSync } from 'node:fs';

export interface Deviation {
  readonly number: number;
  /** On one line. */
  readonly text: string;
}

export function deviations(): Deviation[] {
  const page = readFileSync(new URL('../../docs/stand-in.md', import.meta.url), 'utf8');
  const list = /## Deviations\n\n([\s\S]*?)\n## /.exec(page)?.[1] ?? '';
  return [...list.matchAll(/^(\d+)\. ((?:.*\n)(?: {3}.*\n)*)/gm)].map(([, number, text = '']) => ({
    number: Number(number),
    text: text.replace(/\s+/g, ' ').trim(),
  }));
}
