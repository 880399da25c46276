/** How a Jetson is doing at a moment. What is not known is not there. */

/** The engines for video and pictures that NVIDIA's tools name. */
export const ENGINES = ['nvdec0', 'nvdec1', 'nvenc0', 'nvenc1', 'nvjpg0', 'nvjpg1', 'vic', 'ofa'] as const;
export type Engine = (typeof ENGINES)[number];

/** How busy a part is at its present clock, 0 to 1, and that clock. */
export interface Use {
  readonly load?: number;
  readonly hertz?: number;
}

export interface Amount {
  readonly usedBytes: number;
  readonly sizeBytes: number;
}

export interface DeviceReading {
  readonly gpu?: Use;
  /** Bandwidth of the memory that CPU, GPU and engines share. */
  readonly memoryBus?: Use;
  readonly engines: Readonly<Partial<Record<Engine, Use>>>;
  readonly memory?: Amount;
  readonly swap?: Amount;
  /** Celsius by zone, as `cpu` or `tj`. */
  readonly temperatures: Readonly<Record<string, number>>;
  /** Watts by rail, as `VDD_IN`. */
  readonly rails: Readonly<Record<string, number>>;
}

/** Nothing a machine says makes more series than this, of zones and of rails. */
export const MOST_NAMES = 32;

/** A name that is fit for a label. */
export function isName(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,31}$/.test(text);
}

/** A sensor that is switched off says -256 °C. */
export function isTemperature(celsius: number): boolean {
  return celsius > -100 && celsius < 200;
}

/** Per part, what `over` knows and otherwise what `base` knows. */
export function combine(base: DeviceReading, over: DeviceReading): DeviceReading {
  return {
    ...base,
    ...over,
    ...use('gpu', base, over),
    ...use('memoryBus', base, over),
    engines: Object.fromEntries(
      ENGINES.filter((engine) => base.engines[engine] ?? over.engines[engine]).map((engine) => [
        engine,
        { ...base.engines[engine], ...over.engines[engine] },
      ]),
    ),
    temperatures: names({ ...base.temperatures, ...over.temperatures }),
    rails: names({ ...base.rails, ...over.rails }),
  };
}

function names(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).slice(0, MOST_NAMES));
}

function use(key: 'gpu' | 'memoryBus', base: DeviceReading, over: DeviceReading) {
  return base[key] || over[key] ? { [key]: { ...base[key], ...over[key] } } : {};
}
