/** What is known of every element the graphs may use. An element or property that is not here is refused. */
import { elements } from './data/elements.js';
import { gstreamerElements } from './gstreamer-elements.js';
import type { Provider } from './provider.js';

export interface PropertyFacts {
  readonly type: 'int' | 'uint' | 'int64' | 'uint64' | 'double' | 'boolean' | 'string' | 'enum';
  /** What a new instance has. Absent where it is text or not known. */
  readonly default?: number | boolean;
  readonly min?: number;
  readonly max?: number;
  /** Value → nick. */
  readonly values?: Readonly<Record<string, string>>;
  readonly readOnly?: boolean;
  /** Whether it may be written while playing; absent where the element does not say. */
  readonly mutable?: boolean;
  /** Known to this provider's element only. */
  readonly only?: Provider;
  /** Whether DeepStream 7.1 has it; absent where that is not known. */
  readonly in71?: boolean;
  /** On some machines only, or by hearsay: its absence proves nothing. */
  readonly doubtful?: true;
}

export interface PadFacts {
  readonly name: string;
  readonly direction: 'src' | 'sink';
  readonly presence: 'always' | 'request' | 'sometimes';
  /** Memory of the raw pictures it can carry; empty: no raw pictures, or any. */
  readonly memory: readonly ('NVMM' | 'system')[];
}

export interface ElementFacts {
  readonly pads: readonly PadFacts[];
  readonly properties: Readonly<Record<string, PropertyFacts>>;
  /** Exists with this provider only. */
  readonly only?: Provider;
  /** Where the facts on NVIDIA's element come from; absent for GStreamer's own. */
  readonly source?: string;
}

/** Properties the stand-in's elements have beyond NVIDIA's. */
const STANDIN_ONLY: Readonly<Record<string, Readonly<Record<string, PropertyFacts>>>> = {
  nvinfer: {
    'stream-rate': { type: 'double', default: 0, min: 0, max: 1000, only: 'standin' },
    'inference-threads': { type: 'uint', default: 0, min: 0, max: 64, only: 'standin' },
    'longest-wait': { type: 'uint', default: 0, min: 0, max: 60_000, only: 'standin' },
  },
};

const NVIDIA_ONLY = new Set(['nvv4l2decoder', 'nvvideoconvert', 'nvjpegenc']);

export const CATALOGUE: ReadonlyMap<string, ElementFacts> = new Map([
  ...Object.entries(gstreamerElements),
  ...Object.entries(elements).map(([name, facts]) => [name, complete(name, facts)] as const),
]);

function complete(name: string, facts: ElementFacts): ElementFacts {
  const properties = { ...facts.properties, ...STANDIN_ONLY[name] };
  return { ...facts, properties, ...(NVIDIA_ONLY.has(name) ? { only: 'nvidia' } : {}) };
}

/** What would be right for the property; undefined when the value is. */
export function valueFault(facts: PropertyFacts, value: string | number | boolean): string | undefined {
  switch (facts.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'string':
      return typeof value === 'string' ? undefined : 'text';
    case 'enum':
      return isChoice(facts, value) ? undefined : choices(facts);
    default:
      return isInRange(facts, value) ? undefined : rangeText(facts);
  }
}

function isChoice({ values }: PropertyFacts, value: string | number | boolean): boolean {
  if (values === undefined) return typeof value !== 'boolean';
  return typeof value === 'number'
    ? Object.hasOwn(values, String(value))
    : Object.values(values).includes(String(value));
}

function choices({ values = {} }: PropertyFacts): string {
  return `one of ${Object.entries(values)
    .map(([number, nick]) => `${number} (${nick})`)
    .join(', ')}`;
}

const LIMITS: Partial<Record<PropertyFacts['type'], readonly [number, number]>> = {
  int: [-(2 ** 31), 2 ** 31 - 1],
  uint: [0, 2 ** 32 - 1],
  int64: [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

function bounds(facts: PropertyFacts): readonly [number, number] {
  const [low, high] = LIMITS[facts.type] ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  return [Math.max(low, facts.min ?? low), Math.min(high, facts.max ?? high)];
}

function isInRange(facts: PropertyFacts, value: string | number | boolean): boolean {
  if (typeof value !== 'number' || !(facts.type === 'double' || Number.isInteger(value))) return false;
  const [low, high] = bounds(facts);
  return value >= low && value <= high;
}

function rangeText(facts: PropertyFacts): string {
  const [low, high] = bounds(facts);
  return `${facts.type === 'double' ? 'a number' : 'a whole number'} from ${low} to ${high}`;
}
