/** What `weir doctor --deep` asks: all that needs no test program. */
import type { Machine } from '../device/machine.js';
import type { Graph, Provider } from '../graph/index.js';
import type { NativeBinding } from '../native/types.js';
import { type Misfit, misfits, propertyUses, type PropertyUse } from './graph-fit.js';
import { type InspectedElement, inspectElements } from './inspection.js';
import { askedElements, propertyRows } from './property-questions.js';
import { type ConformanceReport, conformanceReport, type Row, shown } from './report.js';
import { versions } from './versions.js';

export interface DeepOptions {
  readonly binding: Pick<NativeBinding, 'info' | 'findElement'>;
  readonly machine: Pick<Machine, 'run' | 'read'>;
  readonly provider: Provider;
  readonly plans: readonly Graph[];
  /** Version of the package. */
  readonly weir: string;
  /** Rows of a pipeline that was tried. */
  readonly run: () => Promise<readonly Row[]>;
  readonly env?: NodeJS.ProcessEnv;
}

export async function deepReport(options: DeepOptions): Promise<ConformanceReport> {
  const { binding, machine, provider, plans, weir, run, env } = options;
  const elements = askedElements(provider);
  const uses = propertyUses(plans);
  const found = await inspectElements(machine, [...elements, ...uses.map(({ element }) => element)]);
  const rows = [...propertyRows(elements, found), ...graphRows(uses, found), ...(await run())];
  return conformanceReport(await versions(weir, binding, machine, env), rows);
}

/** A row for each element the graphs set something of. */
export function graphRows(uses: readonly PropertyUse[], found: ReadonlyMap<string, InspectedElement>): Row[] {
  const wrong = misfits(uses, found);
  const elements = [...new Set(uses.map(({ element }) => element))];
  return elements.map((element) => {
    const own = uses.filter((use) => use.element === element);
    return graphRow(
      element,
      own,
      wrong.filter((misfit) => misfit.element === element),
      found.has(element),
    );
  });
}

function graphRow(
  element: string,
  uses: readonly PropertyUse[],
  wrong: readonly Misfit[],
  found: boolean,
): Row {
  const names = [...new Set(uses.map(({ property }) => property))].join(', ');
  const answer = found ? wrong.map(({ message }) => message).join('; ') || 'yes' : 'there is no such element';
  return {
    group: 'graph',
    question: `${element}: takes what the graphs set (${names})`,
    expected: 'yes',
    answer: shown(answer),
    verdict: answer === 'yes' ? 'same' : 'differs',
    source: "Weir's graphs",
  };
}
