type Example = readonly [line: string, does?: string];

/** The end of a help text: lines as they are typed, and what they do where that needs saying. */
export function examples(...lines: readonly Example[]): string {
  const width = Math.max(0, ...lines.filter(([, does]) => does).map(([line]) => line.length));
  const texts = lines.map(([line, does]) => (does ? `${line.padEnd(width)}  ${does}` : line));
  return ['', 'Examples:', ...texts.map((text) => `  ${text}`)].join('\n');
}
