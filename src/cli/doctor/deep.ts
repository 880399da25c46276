/** `weir doctor --deep`: what is known of NVIDIA's elements, asked of those on this machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { deepReport } from '../../conformance/deep.js';
import {
  type ConformanceReport,
  differing,
  type GroupSummary,
  GROUPS,
  type Row,
} from '../../conformance/report.js';
import { runRows } from '../../conformance/run.js';
import { specToAsk } from '../../conformance/spec-to-ask.js';
import { thisMachine } from '../../device/machine.js';
import { loadBinding, PACKAGE_ROOT } from '../../native/loader.js';
import { provider } from '../../worker/plan.js';
import { formatTable } from '../table.js';
import { packageVersion } from '../version.js';
import { graphsOf } from './elements.js';

/** A spec that does not validate is as good as none. Throws NATIVE_MISSING. */
export async function examineDeep(given?: string): Promise<ConformanceReport> {
  const file = given !== undefined && specToAsk(given) ? given : undefined;
  const spec = specToAsk(file);
  const binding = loadBinding();
  const of = provider(binding.info().provider);
  return deepReport({
    binding,
    machine: thisMachine,
    provider: of,
    plans: spec ? graphsOf(spec, of) : [],
    weir: packageVersion(),
    run: () => runRows(file === undefined ? {} : { file }),
  });
}

export function renderDeep(report: ConformanceReport): string {
  const { provider: name, deepstream = 'of unknown version', gstreamer } = report.versions;
  const head = `what is known of NVIDIA's elements, asked of ${name} ${deepstream}, GStreamer ${gstreamer}`;
  return [
    head,
    formatTable(COLUMNS, report.summary),
    ...differing(report.rows).map(renderRow),
    ...more(),
  ].join('\n\n');
}

const COLUMNS = [
  { head: 'group', text: ({ group }: GroupSummary) => GROUPS[group] },
  ...(['asked', 'same', 'deviations', 'differs', 'unknown'] as const).map((name) => ({
    head: name,
    right: true,
    text: (summary: GroupSummary) => String(summary[name]),
  })),
];

function renderRow({ question, expected, answer, source }: Row): string {
  return `differs: ${question}\n  expected  ${expected}\n  answer    ${answer}\n  source    ${source}`;
}

/** Where the test programs are, they ask more. */
function more(): string[] {
  const checkout = ['test/contract', 'node_modules/vitest'].every((path) =>
    existsSync(join(PACKAGE_ROOT, path)),
  );
  return checkout ? ['→ npm run test:contract asks the rest and writes build/conformance.md'] : [];
}
