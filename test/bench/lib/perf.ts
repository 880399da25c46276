/** What `perf report --stdio` says. */

export interface Share {
  readonly what: string;
  /** 0 to 1 of the samples, or cores. */
  readonly share: number;
}

/** Code of libraries without symbols: nothing to be told of single addresses. */
const NAMELESS = /0x[0-9a-f]{8,}/;

/** Lines like `  12.34%  libc.so.6  [.] memcpy`; the columns after the first are joined by one space. */
export function parseShares(text: string): Share[] {
  return text.split('\n').flatMap((line) => {
    const [, percent, what] = /^\s*(\d+(?:\.\d+)?)%\s+(.*\S)\s*$/.exec(line) ?? [];
    return percent === undefined || what === undefined || NAMELESS.test(what)
      ? []
      : {
          what: what
            .replace(/\s+(- +)*-$/, '')
            .replace(/\[[.k]\]\s*/, '')
            .replace(/\s+/g, ' '),
          share: Number(percent) / 100,
        };
  });
}
