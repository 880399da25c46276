/** The dashboard asks for what there is; that the file is what the generator makes, deepstream-configs.test.ts tells. */
import { describe, expect, it } from 'vitest';
import { dashboardFile } from '../../scripts/generate/dashboard.js';
import { faultsOf, ours, selectors } from '../support/promql.js';

interface Drawn {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const { panels, templating } = JSON.parse(dashboardFile()) as {
  panels: Drawn[];
  templating: { list: { name: string; query: { query: string } }[] };
};
const drawn = panels.filter(({ type }) => type !== 'row');
const variables = templating.list.map(({ name }) => name);

describe.each(drawn)('panel "$title"', ({ targets = [] }) => {
  it('asks for metrics, labels and values there are', () => {
    expect(targets.length).toBeGreaterThan(0);
    expect(targets.flatMap(({ expr }) => faultsOf(expr))).toEqual([]);
  });

  it('can be limited by every choice above the panels that its metrics know', () => {
    for (const { name, matchers } of targets.flatMap(({ expr }) => selectors(expr))) {
      const labels = ['instance', ...(ours.get(name)?.labels ?? [])];
      const chosen = matchers.filter(({ values }) => values[0]?.startsWith('$')).map(({ label }) => label);
      expect(chosen, name).toEqual(variables.filter((each) => labels.includes(each)));
    }
  });

  it('names its series by labels they keep', () => {
    for (const { expr, legendFormat } of targets) {
      const [by] = /sum by \(([^)]*)\)/.exec(expr)?.slice(1) ?? [];
      const kept = by?.split(/,\s*/) ?? ours.get(selectors(expr)[0]?.name ?? '')?.labels ?? [];
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(kept).toContain(label);
    }
  });
});

describe('the dashboard', () => {
  it('shows streams by state, frames, drops, reconnects, the detector, processes and NATS', () => {
    const used = drawn.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => selectors(expr)));
    expect(used.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'weir_stream_state',
        'weir_stream_frames_per_second',
        'weir_stream_dropped_total',
        'weir_stream_connection_losses_total',
        'weir_pipeline_inference_seconds_total',
        'weir_pipeline_resident_memory_bytes',
        'weir_pipeline_cpu_seconds_total',
        'weir_nats_state',
      ]),
    );
  });

  it('asks its choices of metrics there are', () => {
    expect(variables).toEqual(['instance', 'pipeline', 'stream']);
    expect(templating.list.flatMap(({ query }) => faultsOf(query.query))).toEqual([]);
    for (const { name, query } of templating.list) expect(query.query).toMatch(new RegExp(`, ${name}\\)$`));
  });

  it('has panels that do not cover each other', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});
