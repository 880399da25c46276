/** Holds expressions of Prometheus to the metrics, labels and values there are. */
import { LABEL_VALUES } from '../../src/metrics/labels.js';
import { definitions, Metrics } from '../../src/metrics/metrics.js';
import { parseExposition } from './prometheus.js';

export const ours = new Map(definitions('').map((definition) => [definition.name, definition]));
/** All metrics of an appliance, those of its process included. */
export const page = parseExposition(
  await new Metrics({ version: '', status: async () => ({ pipelines: [], processes: [] }) }).text(),
);

/** Prometheus adds them to every series. */
const ADDED = ['instance', 'job'];

/** Metrics of an expression, each with its matchers: `name{label op "value"}`. */
export function selectors(expr: string) {
  return [...expr.matchAll(/\b((?:weir|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, series = '', matchers = '']) => ({
      name: histogram(series) ?? series,
      matchers: [...matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
        ([, label = '', operator = '', value = '']) => ({
          label,
          values: operator.endsWith('~') ? value.split('|') : [value],
        }),
      ),
    }),
  );
}

/** Whose buckets, sum or count a series is. */
function histogram(series: string): string | undefined {
  const [, name = ''] = /^(\w+)_(?:bucket|sum|count)$/.exec(series) ?? [];
  return ours.get(name)?.type === 'histogram' ? name : undefined;
}

/** Why an expression would find nothing. A value `$name` is a variable of a dashboard. */
export function faultsOf(expr: string): string[] {
  return selectors(expr).flatMap(({ name, matchers }) => {
    if (!page.has(name)) return [`no metric ${name}`];
    return matchers.flatMap(({ label, values }) => {
      if (ADDED.includes(label)) return [];
      if (!ours.get(name)?.labels.includes(label)) return [`${name} has no label ${label}`];
      const known = LABEL_VALUES[name]?.[label] ?? [];
      return values
        .filter((value) => !known.includes(value) && !/^\$[a-z]+$/.test(value))
        .map((value) => `${name}: no ${label} "${value}"`);
    });
  });
}
