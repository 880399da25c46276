/** Sizes of the access units in an Annex-B file that has a delimiter before each. */
import { readFile } from 'node:fs/promises';

/** Type of the delimiter, and how the first byte of a header tells it. */
const DELIMITERS = {
  h264: { type: 9, of: (header: number): number => header & 0x1f },
  h265: { type: 35, of: (header: number): number => (header >> 1) & 0x3f },
} as const;

export async function unitSizes(file: string, codec: keyof typeof DELIMITERS): Promise<number[]> {
  const bytes = await readFile(file);
  const { type, of } = DELIMITERS[codec];
  const starts: number[] = [];
  for (let at = bytes.indexOf('\0\0\x01'); at >= 0; at = bytes.indexOf('\0\0\x01', at + 3))
    if (of(bytes[at + 3] ?? 0) === type) starts.push(at);
  return starts.map((start, i) => (starts[i + 1] ?? bytes.length) - start);
}
