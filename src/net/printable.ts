/** Words of a stranger's, fit for a terminal, a log and a table. */

const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]+/gu;
const MAX_LENGTH = 120;

/** One line without control characters, which move a terminal's cursor, and without those that turn text around. */
export function printable(text: string, maxLength: number = MAX_LENGTH): string {
  const line = text.replace(UNFIT, ' ').replace(/ +/g, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}
