/** What a reliability test measured, left in build/reports for scripts/reliability-report.ts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.js';
import { times, type Times } from './times.js';

export const LONG = process.env.WEIR_LONG === '1';
export const REPORTS = join(root, 'build/reports');

export interface Measured {
  readonly times: Times;
  readonly targetMs?: number;
  /** Of 95 in 100. */
  readonly met?: boolean;
}

export interface RowReport {
  readonly row: number;
  readonly name: string;
  readonly injections: number;
  /** `injected`: seconds of a clock that the test pushes forward. */
  readonly clock: 'real' | 'injected';
  readonly detection?: Measured;
  readonly recovery?: Measured;
  /** Frames that streams without a fault lost meanwhile, of how many; absent where there were none. */
  readonly others?: { readonly frames: number; readonly lost: number; readonly latencyP99Ms?: number };
  readonly note?: string;
}

export interface PartReport {
  readonly form: 'short' | 'long';
  readonly date: string;
  readonly cores: number;
  readonly cpu: string;
  readonly rows: readonly RowReport[];
  /** Sentences for the page, and numbers nobody has asked for yet. */
  readonly findings?: readonly string[];
}

export function measured(ms: readonly number[], targetMs: number | undefined): Measured | undefined {
  const found = times(ms);
  if (!found) return undefined;
  return { times: found, ...(targetMs !== undefined && { targetMs, met: found.p95 <= targetMs }) };
}

/** Writes build/reports/reliability-<part>.json. */
export function reportPart(part: string, rows: readonly RowReport[], findings: readonly string[] = []): void {
  const [first] = cpus();
  const machine = { cores: cpus().length, cpu: first?.model ?? 'unknown' };
  writeReport(`reliability-${part}`, { ...machine, rows, findings } satisfies Omit<
    PartReport,
    'form' | 'date'
  >);
}

/** Writes build/reports/<name>.json, with form and date. */
export function writeReport(name: string, content: object): void {
  const report = { form: LONG ? 'long' : 'short', date: new Date().toISOString(), ...content };
  mkdirSync(REPORTS, { recursive: true });
  writeFileSync(join(REPORTS, `${name}.json`), `${JSON.stringify(report, null, 1)}\n`);
}
