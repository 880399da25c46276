/** What a child process prints, line by line. */
import type { Readable } from 'node:stream';

/** What ends without a line break is a line too. Of one that is longer than `max` one character more is kept. */
export function eachLine(stream: Readable, max: number, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(0, max + 1);
    for (const line of lines) take(line);
  });
  stream.on('end', () => rest && take(rest));
}
