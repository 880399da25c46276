import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, type Json } from '../../src/supervisor/state/json.js';
import { mergePatch, patchStream } from '../../src/supervisor/state/merge-patch.js';

const anyJson = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const anyObject = fc.dictionary(
  fc.oneof(fc.string(), fc.constant('__proto__')),
  anyJson,
) as fc.Arbitrary<Json>;

describe('a merge patch', () => {
  /** Appendix A of RFC 7396. */
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('on %s of %s gives %s', (target, patch, result) => {
    expect(JSON.stringify(mergePatch(JSON.parse(target), JSON.parse(patch)))).toBe(result);
  });

  it('applied twice does what it does once, and leaves what it is given as it was', () => {
    fc.assert(
      fc.property(anyObject, anyJson, (target, patch) => {
        const [before, asked] = [canonical(target), canonical(patch)];
        const once = mergePatch(target, patch);
        expect(canonical(mergePatch(once, patch))).toBe(canonical(once));
        expect([canonical(target), canonical(patch)]).toEqual([before, asked]);
      }),
    );
  });

  it('of nothing changes nothing', () => {
    fc.assert(
      fc.property(anyObject, (target) => {
        expect(canonical(mergePatch(target, {}))).toBe(canonical(target));
      }),
    );
  });

  it('never gives anything a prototype', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    const result = mergePatch({ id: 'a' }, patch) as Record<string, unknown>;
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(JSON.stringify(result)).toBe(
      '{"id":"a","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );
    expect('polluted' in {}).toBe(false);
    fc.assert(
      fc.property(anyObject, anyObject, (target, patch) => {
        const prototype: unknown = Object.getPrototypeOf(mergePatch(target, patch));
        expect(prototype).toBe(Object.prototype);
      }),
    );
  });

  it('that is nested without end is refused', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`);
    expect(() => mergePatch({}, deep)).toThrow('the changes are nested deeper than 64 levels');
  });
});

describe('a patched stream', () => {
  const stream = { id: 'a', uri: 'rtsp://h/1', user: '${env:USER}', password: '${env:PASS}', fps: 5 };

  it('has what was not named, what was, and nothing of what was removed', () => {
    const changes = { user: null, password: null, uri: { analyse: 'rtsp://h/2' }, latencyMs: 0 };
    expect(patchStream(stream, changes)).toEqual({
      id: 'a',
      uri: { analyse: 'rtsp://h/2' },
      fps: 5,
      latencyMs: 0,
    });
    expect(patchStream(stream, { id: 'a', fps: 10 })).toEqual({ ...stream, fps: 10 });
  });

  it.each([
    ['another id', { id: 'b' }, 'SPEC_INVALID', 'stream "a": id: an id cannot be changed'],
    ['no id', { id: null }, 'SPEC_INVALID', 'stream "a": id: an id cannot be changed'],
    ['a list', ['fps'], 'BAD_REQUEST', 'changes: expected a map of what is to change'],
    ['nothing', undefined, 'BAD_REQUEST', 'changes: expected a map of what is to change'],
  ])('is refused for %s', (_, changes, code, message) => {
    const told = () => patchStream(stream, changes);
    expect(told).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});
