import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODELS_DIR } from '../../src/spec/manifest.js';
import type { ApplianceSpec } from '../../src/spec/types.js';
import { remoteRefusals } from '../../src/supervisor/plan/remote-refusals.js';
import { readSpec } from '../support/spec.js';
import { type TempDir, tempDir } from '../support/temp.js';

type Fields = Readonly<Record<string, unknown>>;

let dir: TempDir;
/** A manifest that is a copy of one that comes with Weir. */
let strange: string;

beforeAll(async () => {
  dir = await tempDir();
  mkdirSync(join(dir.path, 'models'));
  strange = join(dir.path, 'models', 'synthetic.yaml');
  for (const name of ['synthetic.yaml', 'labels-synthetic.txt'])
    copyFileSync(join(MODELS_DIR, name), join(dir.path, 'models', name));
});
afterAll(() => dir.remove());

const pipeline = (id: string, detector: Fields = {}, more: Fields = {}) => ({
  ...{ id, detector: { model: 'synthetic', ...detector }, ...more },
});
const spec = (pipelines: readonly object[], more: Fields = {}): ApplianceSpec =>
  readSpec(JSON.stringify({ appliance: 'gate', ...more, pipelines }));
const plain = spec([pipeline('main')]);

describe('over the network', () => {
  it('streams, thresholds, pipelines and models of Weir may be changed', () => {
    const streams = [{ id: 'a', uri: 'rtsp://192.0.2.1/a' }];
    const detector = { model: 'nanodet-320x256', threshold: 0.9, precision: 'fp16' };
    const main = pipeline('main', detector, { streams, slots: 16, memoryLimitMb: 512 });
    expect(remoteRefusals(plain, spec([main, pipeline('side')]))).toEqual([]);
  });

  it.each<readonly [string, Fields, readonly string[]]>([
    ['the broker', { nats: { url: 'nats://192.0.2.9:4222' } }, ['nats.url']],
    ['its login', { nats: { token: '${file:/etc/shadow}' } }, ['nats.token']],
    [
      'who may do what',
      { control: { nats: 'admin', listen: '0.0.0.0:1', tokens: [{ name: 'me', token: '${env:T}' }] } },
      ['control.listen', 'control.nats', 'control.tokens'],
    ],
    ['metrics', { metrics: { listen: '0.0.0.0:1' } }, ['metrics']],
    ['where state lies', { stateDir: '/tmp' }, ['stateDir']],
    ['the networks of cameras', { cameraNetworks: ['0.0.0.0/0'] }, ['cameraNetworks']],
    ['which files are media', { mediaRoot: '/' }, ['mediaRoot']],
    ['where weights lie', { modelDir: '/tmp' }, ['modelDir']],
  ])('%s may not be changed', (_, more, keys) => {
    expect(remoteRefusals(plain, spec([pipeline('main')], more))).toEqual(keys);
    expect(remoteRefusals(spec([pipeline('main')], more), plain)).toEqual(keys);
  });

  it.each(['engine', 'calibration'])(
    'no %s may be named, changed or brought along by a new pipeline',
    (file) => {
      const engine = { [file]: '/tmp/evil' };
      const has = spec([pipeline('main', engine)]);
      const key = `pipelines.main.detector.${file}`;
      expect(remoteRefusals(plain, has)).toEqual([key]);
      expect(remoteRefusals(has, plain)).toEqual([key]);
      expect(remoteRefusals(has, has)).toEqual([]);
      const side = spec([pipeline('main'), pipeline('side', engine)]);
      expect(remoteRefusals(plain, side)).toEqual([`pipelines.side.detector.${file}`]);
    },
  );

  it('no manifest may be named by its path; one that is in use may stay', () => {
    const has = spec([pipeline('main', { model: strange })]);
    const key = 'pipelines.main.detector.model';
    expect(remoteRefusals(plain, has)).toEqual([key]);
    expect(remoteRefusals(has, spec([pipeline('main', { model: strange, threshold: 0.9 })]))).toEqual([]);
    expect(remoteRefusals(has, plain)).toEqual([]);
    const side = spec([pipeline('main'), pipeline('side', { model: strange })]);
    expect(remoteRefusals(plain, side)).toEqual(['pipelines.side.detector.model']);
  });
});
