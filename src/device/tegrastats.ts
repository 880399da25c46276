/**
 * One line of tegrastats, as Jetson Linux 32 to 39 print it: see NVIDIA's "tegrastats Utility" and lines people published.
 * Names come and go between releases and modules, so each word is read by its form and unknown words are passed over.
 */
import {
  type Amount,
  type DeviceReading,
  ENGINES,
  type Engine,
  isName,
  isTemperature,
  MOST_NAMES,
  type Use,
} from './reading.js';

const MEGABYTE = 1024 ** 2;
const MEGAHERTZ = 1e6;

/** Longer lines are no lines of tegrastats. */
export const MAX_LINE = 4_096;

/** What has been read of a line so far. */
interface Found {
  gpu?: Use;
  memoryBus?: Use;
  memory?: Amount;
  swap?: Amount;
  readonly engines: Partial<Record<Engine, Use>>;
  readonly temperatures: Map<string, number>;
  readonly rails: Map<string, number>;
}

interface Word {
  readonly name: RegExp;
  readonly value: RegExp;
  take(found: Found, name: readonly string[], value: readonly string[]): void;
}

/** `NVDEC 40%@115`, `NVDEC 729`, `NVDEC0_FREQ @314`, `NVDEC off`; of the GPU also `12%@[1300,1300]`. */
const USE = /^(?=.)(?:(\d{1,3})%)?(?:@?(\d{1,5})|@\[(\d{1,5}(?:,\d{1,5}){0,7})\])?$|^off$/;
/** Used and size, or now and average (and highest). */
const AMOUNT = /^(\d{1,8})\/(\d{1,8})MB$/;
const POWER = /^(-?\d{1,7})(?:mW)?\/-?\d{1,7}(?:mW)?(?:\/-?\d{1,7}mW)?$/;
const TEMPERATURE = /^(\w+)@(-?\d{1,4}(?:\.\d{1,4})?)C(?:\/-?\d{1,4}(?:\.\d{1,4})?C)?$/;

const WORDS: readonly Word[] = [
  { name: /^RAM$/, value: AMOUNT, take: (found, _, value) => void (found.memory = amount(value)) },
  { name: /^SWAP$/, value: AMOUNT, take: (found, _, value) => void (found.swap = amount(value)) },
  { name: /^GR3D_FREQ$/, value: USE, take: (found, _, value) => void (found.gpu = use(value)) },
  { name: /^EMC_FREQ$/, value: USE, take: (found, _, value) => void (found.memoryBus = use(value)) },
  {
    name: /^(NVDEC|NVENC|NVJPG|VIC|OFA)([01]?)(?:_FREQ)?$/,
    value: USE,
    take(found, [, kind = '', number = ''], value) {
      const engine = engineOf(kind.toLowerCase(), number);
      if (engine) found.engines[engine] = use(value);
    },
  },
  {
    name: /^(?!NC$)(\w+)$/,
    value: POWER,
    take: (found, [rail = ''], [, milliwatts]) => keep(found.rails, rail, Number(milliwatts) / 1_000),
  },
];

/** Undefined for what is no line of tegrastats. Never throws. */
export function parseTegrastats(line: string): DeviceReading | undefined {
  if (line.length > MAX_LINE) return undefined;
  const found: Found = { engines: {}, temperatures: new Map(), rails: new Map() };
  // `(lfb 7x4MB)` and `(cached 0MB)` belong to the word before.
  const words = line
    .replace(/\([^()]*\)/g, ' ')
    .trim()
    .split(/\s+/);
  words.forEach((word, i) => readTemperature(found, word) || readPair(found, word, words[i + 1] ?? ''));
  const { temperatures, rails, ...rest } = found;
  if (!rest.memory) return undefined;
  return { ...rest, temperatures: Object.fromEntries(temperatures), rails: Object.fromEntries(rails) };
}

function readTemperature({ temperatures }: Found, word: string): boolean {
  const [, zone, text] = TEMPERATURE.exec(word) ?? [];
  if (zone === undefined) return false;
  const celsius = Number(text);
  if (isTemperature(celsius)) keep(temperatures, zone.toLowerCase(), celsius);
  return true;
}

function readPair(found: Found, first: string, second: string): void {
  for (const { name, value, take } of WORDS) {
    const [names, values] = [name.exec(first), value.exec(second)];
    if (names && values) return take(found, names, values);
  }
}

function keep(map: Map<string, number>, name: string, value: number): void {
  if (isName(name) && (map.has(name) || map.size < MOST_NAMES)) map.set(name, value);
}

function amount([, used, size]: readonly string[]): Amount {
  return { usedBytes: Number(used) * MEGABYTE, sizeBytes: Number(size) * MEGABYTE };
}

/** The clock is that of the fastest of several. An engine that is off has neither load nor clock. */
function use([text, percent, one, several]: readonly (string | undefined)[]): Use {
  if (text === 'off') return { load: 0, hertz: 0 };
  const clocks = (one ?? several)?.split(',').map(Number);
  return {
    ...(percent !== undefined && { load: Math.min(1, Number(percent) / 100) }),
    ...(clocks && { hertz: Math.max(...clocks) * MEGAHERTZ }),
  };
}

/** Where there is one of a kind, some releases give it no number. */
function engineOf(kind: string, number: string): Engine | undefined {
  return ENGINES.find((engine) => engine === `${kind}${number}` || engine === `${kind}${number || '0'}`);
}
