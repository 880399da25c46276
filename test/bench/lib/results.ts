/** What a benchmark found, as JSON beside its table: the report is made of these files. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../../support/paths.js';
import { type Table, textTable } from './table.js';

/** `WEIR_BENCH_RESULTS`: another folder, below the project's. */
export const RESULTS = join(root, process.env.WEIR_BENCH_RESULTS ?? 'build/bench');

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
}

export interface Result<Findings> {
  /** Name of the benchmark, and of its file. */
  readonly name: string;
  readonly date: string;
  readonly machine: Machine;
  readonly findings: Findings;
  /** As they are printed, and as the report shows them. */
  readonly tables: readonly Table[];
}

function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
  };
}

/** Writes build/bench/<name>.json, and prints the tables, or the findings as JSON. */
export function conclude<Findings>(
  name: string,
  findings: Findings,
  tables: readonly Table[],
  json = false,
): Result<Findings> {
  const result = { name, date: new Date().toISOString(), machine: machine(), findings, tables };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
  console.log(json ? JSON.stringify(findings) : tables.map(textTable).join('\n\n'));
  return result;
}

/** Undefined when that benchmark has not been run. */
export function loadResult<Findings>(name: string, folder: string = RESULTS): Result<Findings> | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Result<Findings>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
