/** What the comparison by number of streams comes to: tables, capacities, slopes. Pure. */
import type { Name, Outcome, Rounds } from './field.js';
import { line, median, ratios, showSpread, spread, type Spread } from './statistics.js';
import type { Table } from './table.js';

export interface SizeFindings extends Rounds {
  readonly streams: number;
}

export interface StreamsFindings {
  readonly rate: number;
  readonly fps: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly model: string;
  readonly names: readonly Name[];
  readonly titles: Readonly<Record<Name, string>>;
  readonly sizes: readonly SizeFindings[];
}

export const of = ({ outcomes }: SizeFindings, name: Name): readonly Outcome[] =>
  outcomes.filter((outcome) => outcome.name === name);

/** CPU seconds per stream and second, one per round. */
export const spent = (size: SizeFindings, name: Name): number[] =>
  of(size, name).map(({ perStreamSecond }) => perStreamSecond);

/** The floor of each round: decoding alone, and as many inferences as are due. */
export function floor(size: SizeFindings, rate: number): number[] {
  return spent(size, 'decoding').map(
    (decoding, round) => decoding + rate * (size.inference[round] ?? Number.NaN),
  );
}

/** Absent where one of both was not measured. */
export function overFloor(size: SizeFindings, name: Name, rate: number): Spread | undefined {
  const [mine, least] = [spent(size, name), floor(size, rate)];
  return mine.length > 0 && least.length > 0 ? ratios(mine, least) : undefined;
}

export const keptUp = (outcomes: readonly Outcome[]): boolean =>
  outcomes.length > 0 && outcomes.filter(({ sustained }) => sustained).length > outcomes.length / 2;

/** The most streams of which nothing was lost and nothing late; 0 when there is no such number. */
export function capacity({ sizes }: StreamsFindings, name: Name): number {
  return Math.max(0, ...sizes.filter((size) => keptUp(of(size, name))).map(({ streams }) => streams));
}

/** CPU seconds per second that one more stream costs, of sizes from `from` on at which it kept up. */
export function slope({ sizes }: StreamsFindings, name: Name, from = 8): number {
  const points = sizes
    .filter((size) => size.streams >= from && keptUp(of(size, name)))
    .map((size) => [size.streams, median(spent(size, name)) * size.streams] as const);
  return line(points).slope;
}

export function comparison(findings: StreamsFindings): Table[] {
  return [cpuTable(findings), latencyTable(findings), lossTable(findings), capacityTable(findings)];
}

const rivals = ({ names }: StreamsFindings): Name[] => names.filter((name) => name !== 'decoding');

export function cpuTable(findings: StreamsFindings): Table {
  const { sizes, titles, rate } = findings;
  const names = rivals(findings);
  const cell = (size: SizeFindings, name: Name): string => {
    const all = spent(size, name);
    if (all.length === 0) return '–';
    const late = keptUp(of(size, name)) ? '' : ' *';
    const ratio = overFloor(size, name, rate);
    return `${ms(spread(all))}${ratio ? `, ${showSpread(ratio)}` : ''}${late}`;
  };
  return {
    title: 'Milliseconds of CPU per stream and second, and ratio to the floor; * fell behind',
    head: ['streams', 'floor', ...names.map((name) => titles[name])],
    rows: sizes.map((size) => [
      String(size.streams),
      ms(spread(floor(size, rate))),
      ...names.map((name) => cell(size, name)),
    ]),
  };
}

const ms = ({ median: m, least, most, all }: Spread): string =>
  all.length === 0 ? '–' : showSpread({ median: m * 1e3, least: least * 1e3, most: most * 1e3, all }, 1);

function latencyTable(findings: StreamsFindings): Table {
  const names = rivals(findings).filter((name) =>
    findings.sizes.some((size) => of(size, name).some((o) => o.latency)),
  );
  const cell = (size: SizeFindings, name: Name): string => {
    const known = of(size, name).flatMap(({ latency }) => latency ?? []);
    if (known.length === 0) return '–';
    return `${Math.round(median(known.map(({ p50 }) => p50)))} / ${Math.round(median(known.map(({ p99 }) => p99)))}`;
  };
  return bySize(findings, names, 'Latency from frame to detections, p50 / p99 in ms', cell);
}

function lossTable(findings: StreamsFindings): Table {
  const cell = (size: SizeFindings, name: Name): string => {
    const outcomes = of(size, name);
    if (outcomes.length === 0) return '–';
    const lost = outcomes.map(({ sent, dropped }) => (100 * dropped) / sent);
    const looked = outcomes.map(({ inferred, seconds, streams }) => inferred / seconds / streams);
    return `${median(lost).toFixed(1)} %, ${median(looked).toFixed(2)}`;
  };
  return bySize(findings, rivals(findings), 'Frames lost, and detections per stream and second', cell);
}

function bySize(
  { sizes, titles }: StreamsFindings,
  names: readonly Name[],
  title: string,
  cell: (size: SizeFindings, name: Name) => string,
): Table {
  return {
    title,
    head: ['streams', ...names.map((name) => titles[name])],
    rows: sizes.map((size) => [String(size.streams), ...names.map((name) => cell(size, name))]),
  };
}

export function capacityTable(findings: StreamsFindings): Table {
  const weir = capacity(findings, 'weir');
  return {
    title: 'Streams sustained without a loss',
    head: ['', 'streams', 'Weir is', 'ms of CPU per second for one more'],
    rows: rivals(findings).map((name) => {
      const mine = capacity(findings, name);
      const times = name === 'weir' ? '' : mine === 0 ? '–' : `${(weir / mine).toFixed(1)} times`;
      const more = slope(findings, name) * 1000;
      return [findings.titles[name], String(mine), times, Number.isFinite(more) ? more.toFixed(1) : '–'];
    }),
  };
}
