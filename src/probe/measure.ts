/** Access units → rates. */
import { UNIT_COLUMNS } from '../native/probe-types.js';

export interface Unit {
  /** Of its picture. */
  readonly timeMs: number;
  readonly arrivedMs: number;
  readonly bytes: number;
  readonly key: boolean;
}

export interface Measures {
  readonly fps: number;
  readonly kbitPerSecond: number;
  readonly keyFrames: { readonly frames: number; readonly seconds: number; readonly atLeast: boolean };
  readonly reordered: boolean;
  readonly seconds: number;
}

/** Share of pictures that go back in time; single ones do in streams whose clock is set. */
const REORDERED = 0.05;
/** Times of pictures that pass so much faster or slower than the clock are no use. */
const MOST_DRIFT = 0.5;

export function readUnits(rows: Float64Array): Unit[] {
  const size = UNIT_COLUMNS.length;
  return Array.from({ length: Math.floor(rows.length / size) }, (_, i) => {
    const [timeMs = NaN, arrivedMs = 0, bytes = 0, key = 0] = rows.subarray(i * size, (i + 1) * size);
    return { timeMs, arrivedMs, bytes, key: key === 1 };
  });
}

/** Of what came from the first key frame on. All zero where there is none. */
export function measure(all: readonly Unit[]): Measures {
  const first = all.findIndex(({ key }) => key);
  const units = first < 0 ? [] : all.slice(first);
  const at = timesOf(units);
  const elapsed = (from: number, to: number): number => ((at[to] ?? 0) - (at[from] ?? 0)) / 1000;
  const last = Math.max(0, units.length - 1);
  const keys = units.flatMap(({ key }, i) => (key ? [i] : []));
  // Whole groups of pictures where there are any: key frames weigh many times what the others do.
  const end = keys.length > 1 ? (keys.at(-1) ?? last) : last;
  const bytes = units.slice(0, end).reduce((sum, unit) => sum + unit.bytes, 0);
  return {
    fps: ratio(end, elapsed(0, end)),
    kbitPerSecond: ratio((bytes * 8) / 1000, elapsed(0, end)),
    keyFrames: longest(keys, elapsed) ?? { frames: last, seconds: elapsed(0, last), atLeast: true },
    reordered: goingBack(units) > REORDERED * units.length,
    seconds: elapsed(0, last),
  };
}

function longest(keys: readonly number[], elapsed: (from: number, to: number) => number) {
  const groups = keys.slice(1).map((to, i) => {
    const from = keys[i] ?? 0;
    return { frames: to - from, seconds: elapsed(from, to), atLeast: false };
  });
  return groups.sort((a, b) => b.seconds - a.seconds)[0];
}

/** Times of pictures in the order they are shown; those of arrival where the camera's are no use. */
function timesOf(units: readonly Unit[]): number[] {
  const times = units.map(({ timeMs }) => timeMs).sort((a, b) => a - b);
  const arrivals = units.map(({ arrivedMs }) => arrivedMs);
  const drift = Math.abs(spread(times) - spread(arrivals));
  return drift <= MOST_DRIFT * spread(arrivals) ? times : arrivals;
}

function spread(times: readonly number[]): number {
  return (times.at(-1) ?? 0) - (times[0] ?? 0);
}

function goingBack(units: readonly Unit[]): number {
  return units.filter(({ timeMs }, i) => timeMs < (units[i - 1]?.timeMs ?? -Infinity)).length;
}

function ratio(amount: number, seconds: number): number {
  return seconds > 0 ? amount / seconds : 0;
}
