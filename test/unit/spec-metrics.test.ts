import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../src/spec/load.js';

function load(metrics: unknown) {
  const spec = { appliance: 'a', metrics, pipelines: [{ id: 'p', detector: { model: 'synthetic' } }] };
  return parseSpec(JSON.stringify(spec), 'test.yaml');
}

describe('metrics.listen', () => {
  it.each([
    [{}, '127.0.0.1', 9464],
    [{ listen: '127.0.0.1:0' }, '127.0.0.1', 0],
    [{ listen: '0.0.0.0:65535' }, '0.0.0.0', 65535],
    [{ listen: '[::1]:9464' }, '::1', 9464],
    [{ listen: 'edge-1.local:80' }, 'edge-1.local', 80],
  ])('%j', (metrics, host, port) => {
    const result = load(metrics);
    expect(result.ok && result.spec.metrics).toEqual({ listen: { host, port } });
  });

  it('is nowhere where there is no "metrics"', () => {
    const result = load(undefined);
    expect(result.ok && 'metrics' in result.spec).toBe(false);
  });

  it.each([
    ...['9464', ':9464', '127.0.0.1', '127.0.0.1:65536', '127.0.0.1:-1', '::1:9464', '[::1]', '[x]:1'],
    ...['http://127.0.0.1:9464', 'u@host:1', 'host:1/metrics', 'a b:1', 'host:1\n', '-a:1'],
  ])('refuses %j', (listen) => {
    const result = load({ listen });
    expect(result.ok).toBe(false);
    expect(!result.ok && result.problems).toMatchObject([
      { path: 'metrics.listen', message: expect.stringContaining('host:port') },
    ]);
  });
});
