import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parseSpec, specJsonSchema } from '../../src/spec/index.js';
import { root } from '../support/paths.js';

type Json = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

const options = { modelsDir: join(root, 'test/unit/models'), baseDir: '/etc/weir', env: {} };

/** One of everything, so that every key has a place. */
const BASE = {
  appliance: 'demo',
  nats: { url: 'nats://127.0.0.1:4222' },
  pipelines: [
    {
      id: 'main',
      mux: { width: 640 },
      detector: { model: 'tiny', classes: { car: { threshold: 0.5 } } },
      tracker: { algorithm: 'iou' },
      streams: [{ id: 'front', uri: { analyse: 'rtsp://cam/1' } }],
    },
  ],
};

const WRONG: readonly unknown[] = [
  ...[null, true, '', 'x\u0000', 'ÿ', -1, 0.5, 1e300, [], [[]], {}, { __proto__x: 1 }, 'x'.repeat(5000)],
  ...[[null], [{}], Array(2000).fill('a'), { a: { b: { c: 1 } } }],
];

/** Every place of the schema, those inside lists at index 0 and those inside maps at a key. */
function* places(schema: Json, path: Path = []): Generator<readonly [path: Path, schema: Json]> {
  if (path.length > 0) yield [path, schema];
  for (const [key, child] of Object.entries((schema.properties ?? {}) as Record<string, Json>)) {
    yield* places(child, [...path, key]);
  }
  if (schema.items) yield* places(schema.items as Json, [...path, 0]);
  const named = schema.additionalProperties;
  if (typeof named === 'object' && named !== null) yield* places(named as Json, [...path, 'car']);
  for (const option of (schema.anyOf ?? []) as Json[]) {
    for (const [inner, child] of places(option)) yield [[...path, ...inner], child];
  }
}

/** A copy of the base with a value at a path; what is in the way gives way. */
function withValue(path: Path, value: unknown): unknown {
  const copy = structuredClone(BASE) as unknown;
  let at = copy as Record<string | number, unknown>;
  for (const [i, key] of path.slice(0, -1).entries()) {
    const next = path[i + 1];
    const inside = at[key];
    const fits = typeof inside === 'object' && Array.isArray(inside) === (typeof next === 'number');
    at[key] = fits && inside !== null ? inside : typeof next === 'number' ? [] : {};
    at = at[key] as Record<string | number, unknown>;
  }
  at[path.at(-1) as string] = value;
  return copy;
}

const ajv = new Ajv({ strict: false });
const refused = ajv.compile(specJsonSchema() as Json);
const text = (path: Path): string =>
  path.reduce<string>((all, key) => all + (typeof key === 'number' ? `[${key}]` : `${all && '.'}${key}`), '');
const all = [...places(specJsonSchema() as Json)].map(([path]) => path);
const cases = [...new Map(all.map((path) => [text(path), path])).entries()];

describe('whatever stands at', () => {
  it('every place is looked at', () => expect(cases.length).toBeGreaterThan(70));

  it.each(cases)('%s, the error is at that place', (name, path) => {
    let tried = 0;
    for (const value of WRONG) {
      const document = withValue(path, value);
      if (refused(document)) continue;
      tried++;
      const result = parseSpec(JSON.stringify(document, null, 1), 'weir.yaml', options);
      const problems = result.ok ? [] : result.problems;
      const own = problems.filter((problem) => problem.path.startsWith(name.replace(/\[0\]$/, '')));
      expect(own, `${name} = ${JSON.stringify(value).slice(0, 60)}`).not.toEqual([]);
      for (const { line, column, message } of own) {
        expect([line, column]).toEqual([expect.any(Number), expect.any(Number)]);
        expect(message.length).toBeLessThan(600);
      }
    }
    expect(tried).toBeGreaterThan(3);
  });
});
