import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblems, parseSpec } from '../../src/spec/index.js';
import { root } from '../support/paths.js';

const options = { modelsDir: join(root, 'test/unit/models'), env: {} };

function parse(networks: string) {
  const text = `appliance: a\ncameraNetworks: ${networks}\npipelines:\n  - {id: p, detector: {model: tiny}}\n`;
  const result = parseSpec(text, 'weir.yaml', options);
  return result.ok ? result.spec.cameraNetworks : formatProblems(result.problems);
}

const EXPECTED = 'expected a network or an address, e.g. 192.168.10.0/24, fd00::/8 or 192.0.2.10';

describe('cameraNetworks in the spec', () => {
  it('are kept as they are', () => {
    expect(parse('[192.168.10.0/24, "fd00::/8", 192.0.2.10]')).toEqual([
      '192.168.10.0/24',
      'fd00::/8',
      '192.0.2.10',
    ]);
  });

  it.each([
    ['[10.0.0.0/33]', `weir.yaml:2:18: cameraNetworks[0]: got "10.0.0.0/33", ${EXPECTED}`],
    ['["::ffff:10.0.0.0/104"]', `weir.yaml:2:18: cameraNetworks[0]: got "::ffff:10.0.0.0/104", ${EXPECTED}`],
    ['[10.0.0.0/8, camera]', `weir.yaml:2:30: cameraNetworks[1]: got "camera", ${EXPECTED}`],
    [
      '10.0.0.0/8',
      'weir.yaml:2:17: cameraNetworks: got "10.0.0.0/8", expected a list of networks, e.g. [192.168.10.0/24, fd00::/8]',
    ],
    [
      '[]',
      'weir.yaml:2:17: cameraNetworks: got an empty list, expected a list of networks, e.g. [192.168.10.0/24, fd00::/8]',
    ],
  ])('%s: %s', (networks, message) => expect(parse(networks)).toBe(message));
});
