/** What was asked of the elements that are present, and what they answered. */

export const SCHEMA = 'weir.conformance.v1';

/** In the order of the report. */
export const GROUPS = {
  properties: 'properties and pads of elements',
  graph: 'what the graphs set',
  configuration: 'configuration keys, and what bad values do',
  metadata: 'metadata for given input',
  events: 'events and messages',
  ordering: 'order at adding, removing and ending',
  preprocessing: 'pictures on their way to mux size and tensor',
  clustering: 'clustering and filters',
  tracking: 'tracking',
  osd: 'drawing',
  abi: 'functions and layouts',
  run: 'a pipeline of the addon',
} as const;
export type Group = keyof typeof GROUPS;

/** `unknown`: the facts do not say, or nothing could be asked. */
export type Verdict = 'same' | 'differs' | 'unknown';

export interface Row {
  readonly group: Group;
  readonly question: string;
  readonly expected: string;
  readonly answer: string;
  readonly verdict: Verdict;
  /** Where the expectation comes from, in NVIDIA's terms. */
  readonly source: string;
  /** Number of the deviation in docs/stand-in.md that the answer is an example of. */
  readonly deviation?: number;
}

export interface Versions {
  /** `standin` or `nvidia`. */
  readonly provider: string;
  /** Of the stand-in's plugin, or of DeepStream; undefined where it cannot be told. */
  readonly deepstream?: string;
  readonly gstreamer: string;
  readonly node: string;
  /** Of Weir and its addon. */
  readonly weir: string;
}

export interface ConformanceReport {
  readonly schema: typeof SCHEMA;
  readonly versions: Versions;
  readonly summary: readonly GroupSummary[];
  readonly rows: readonly Row[];
}

/** Numbers of questions. A known deviation is counted as such and nowhere else. */
export interface GroupSummary {
  readonly group: Group;
  readonly asked: number;
  readonly same: number;
  readonly deviations: number;
  readonly differs: number;
  readonly unknown: number;
}

export function conformanceReport(versions: Versions, rows: readonly Row[]): ConformanceReport {
  const order = Object.keys(GROUPS);
  const sorted = [...rows].sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group));
  return { schema: SCHEMA, versions, summary: summarise(sorted), rows: sorted };
}

/** Groups of which something was asked. */
export function summarise(rows: readonly Row[]): GroupSummary[] {
  return (Object.keys(GROUPS) as Group[]).flatMap((group) => {
    const own = rows.filter((row) => row.group === group);
    const count = (verdict: Verdict): number =>
      own.filter((row) => row.deviation === undefined && row.verdict === verdict).length;
    if (own.length === 0) return [];
    const deviations = own.filter((row) => row.deviation !== undefined).length;
    return [
      {
        group,
        asked: own.length,
        same: count('same'),
        deviations,
        differs: count('differs'),
        unknown: count('unknown'),
      },
    ];
  });
}

/** What refutes the facts, or the provider: no known deviation. */
export function differing(rows: readonly Row[]): Row[] {
  return rows.filter((row) => row.verdict === 'differs' && row.deviation === undefined);
}

const MAX_TEXT = 300;

/** A value as the report shows it, on one line. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, plain);
  const line = (text ?? 'nothing').replace(/\s+/g, ' ').trim();
  return line.length <= MAX_TEXT ? line : `${line.slice(0, MAX_TEXT - 1)}…`;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint' || value instanceof RegExp) return String(value);
  if (value instanceof Set) return [...(value as Set<unknown>)];
  return value instanceof Map ? [...(value as Map<unknown, unknown>)] : value;
}
