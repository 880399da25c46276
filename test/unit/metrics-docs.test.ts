/** What is written about metrics is held to what there is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { metricsPage } from '../../scripts/generate/metrics.js';
import { root } from '../support/paths.js';
import { faultsOf, ours, page, selectors } from '../support/promql.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description?: string };
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { groups } = parse(read('docs/alerts.yaml')) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

describe('docs/metrics.md', () => {
  it('is what the definitions say', () => {
    expect(read('docs/metrics.md')).toBe(metricsPage());
  });

  it('names every metric of the page', () => {
    const text = metricsPage();
    expect([...page.keys()].filter((name) => !text.includes(`\n| \`${name}\` |`))).toEqual([]);
  });

  it('asks for metrics there are', () => {
    const expressions = [...metricsPage().matchAll(/\? \| `([^`]+)` \|/g)].map(([, expr = '']) => expr);
    expect(expressions.length).toBeGreaterThan(3);
    expect(expressions.flatMap(faultsOf)).toEqual([]);
  });
});

describe('docs/alerts.yaml', () => {
  it.each(rules)('$alert asks for metrics, labels and values there are', (rule) => {
    expect(faultsOf(rule.expr)).toEqual([]);
    expect(['warning', 'critical']).toContain(rule.labels.severity);
    expect(rule.annotations.summary).not.toBe('');
  });

  it('has names of its own for camera down, frozen, drops and lag', () => {
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    for (const name of ['WeirCameraDown', 'WeirCameraFrozen', 'WeirFramesDropped', 'WeirEventLoopLag'])
      expect(names).toContain(name);
  });

  it('is read for what it is: a wrong name is noticed', () => {
    expect(faultsOf('weir_stream_stat{state="live"} == 0')).toEqual(['no metric weir_stream_stat']);
    expect(faultsOf('weir_stream_state{stat="live"}')).toEqual(['weir_stream_state has no label stat']);
    expect(faultsOf('rate(weir_stream_dropped_total{place=~"ring|nat"}[5m])')).toEqual([
      'weir_stream_dropped_total: no place "nat"',
    ]);
  });

  it('speaks of labels the series keep', () => {
    for (const { alert, expr, annotations } of rules) {
      const [by] = /sum by \(([^)]*)\)/.exec(expr)?.slice(1) ?? [];
      const [first] = selectors(expr);
      const kept = by?.split(/,\s*/) ?? ['instance', ...(ours.get(first?.name ?? '')?.labels ?? [])];
      const text = `${annotations.summary} ${annotations.description ?? ''}`;
      for (const [, label = ''] of text.matchAll(/\$labels\.(\w+)/g))
        expect(kept, `${alert}: ${label}`).toContain(label);
    }
  });
});
