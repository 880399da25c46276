/** Numbers as options. */
import { InvalidArgumentError } from 'commander';

export function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
  };
}

export function whole(least: number, most: number): (text: string) => number {
  const parse = number(least, most);
  return (text) => {
    const value = parse(text);
    if (Number.isInteger(value)) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `30s`, `10m`, `1h` as milliseconds. */
export function span(mostMs: number): (text: string) => number {
  return (text) => {
    const [, digits, unit = ''] = /^(\d{1,9})(ms|s|m|min|h)$/.exec(text) ?? [];
    const ms = Number(digits) * (UNITS[unit] ?? Number.NaN);
    if (ms > 0 && ms <= mostMs) return ms;
    throw new InvalidArgumentError(`Expected a time up to ${mostMs / 60_000} min, such as 30s, 10m or 1h.`);
  };
}
