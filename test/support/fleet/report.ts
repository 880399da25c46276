/** What a scenario found: lines on the console, and a file for docs/reliability.md and the long report. */
import { writeReport } from '../reliability.js';

export interface ScenarioFindings {
  readonly title: string;
  readonly seed: number;
  /** What is wrong, whole: an assertion shows the beginning only. */
  readonly findings?: readonly string[];
  /** Sentences. */
  readonly text: readonly string[];
  readonly table?: {
    readonly head: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
  };
}

/** Writes build/reports/<name>.json. */
export function reportScenario(name: string, findings: ScenarioFindings): void {
  for (const line of findings.text) console.log(`${name}: ${line}`);
  for (const row of findings.table?.rows ?? []) console.log(`${name}: ${row.join(' | ')}`);
  writeReport(name, findings);
}
