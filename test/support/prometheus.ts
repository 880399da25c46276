/** Reads Prometheus' text format 0.0.4 and takes offence at everything the format does not allow. */

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly series: Series[];
}

/** By name. Throws with the line at fault. */
export type Exposition = ReadonlyMap<string, Family>;

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"`;
const HELP = new RegExp(`^# HELP (${NAME}) (.+)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?|[+-]Inf|nan)$/i;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the page does not end with a line end');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help: readonly [string, string] | undefined;
  let current: Family | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    if (line.startsWith('# HELP ')) {
      const [, name = '', words = ''] = match(HELP, line);
      help = [name, words];
    } else if (line.startsWith('#')) {
      const [, name = '', type = ''] = match(TYPE, line);
      if (help?.[0] !== name) throw new Error(`no HELP just before: ${line}`);
      if (families.has(name)) throw new Error(`a second time: ${line}`);
      current = { name, type, help: help[1], series: [] };
      families.set(name, current);
    } else {
      const series = readSeries(line);
      const key = identity(series);
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      if (!current || !belongs(series, current)) throw new Error(`outside its family: ${line}`);
      current.series.push(series);
    }
  }
  return families;
}

/** Name and labels, whatever their order. */
export function identity({ name, labels }: Pick<Series, 'name' | 'labels'>): string {
  return `${name}${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

/** The value of the one series with these labels; undefined where there is none. */
export function valueOf(
  page: Exposition,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels);
  const found = (page.get(name)?.series ?? []).filter((series) =>
    wanted.every(([label, value]) => series.labels[label] === value),
  );
  if (found.length > 1) throw new Error(`${found.length} series of ${name} fit ${JSON.stringify(labels)}`);
  return found[0]?.value;
}

function belongs(series: Series, { name, type }: Family): boolean {
  if (type === 'counter' && !(series.value >= 0)) throw new Error(`${series.name} counts ${series.value}`);
  return (SUFFIXES[type] ?? ['']).some((suffix) => series.name === name + suffix);
}

function readSeries(line: string): Series {
  const [, name = '', labels = '', value = ''] = match(SAMPLE, line);
  if (!VALUE.test(value)) throw new Error(`not a number: ${line}`);
  return { name, labels: readLabels(labels, line), value: Number(value.replace('Inf', 'Infinity')) };
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    if (Object.hasOwn(labels, name)) throw new Error(`label ${name} twice: ${line}`);
    labels[name] = value.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
  }
  return labels;
}

function match(pattern: RegExp, line: string): RegExpExecArray {
  const found = pattern.exec(line);
  if (!found) throw new Error(`malformed: ${line}`);
  return found;
}
