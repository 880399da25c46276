import { describe, expect, it } from 'vitest';
import { renderDeep } from '../../src/cli/doctor/deep.js';
import { examine } from '../../src/cli/doctor/examine.js';
import { conformanceReport } from '../../src/conformance/report.js';
import { SPEC, weir, withSpec } from '../support/cli.js';
import { fakeBinding } from '../support/fake-binding.js';
import { inspectedMachine } from '../support/inspected.js';
import { EMPTY, recordedMachine } from '../support/recorded-machine.js';
import { startNats } from '../support/nats.js';
import { freePort } from '../support/wait.js';

const machine = inspectedMachine();

describe('the doctor', () => {
  const named = (checks: Awaited<ReturnType<typeof examine>>, name: string) =>
    checks.find((check) => check.name === name);

  it('passes an installation that has everything', async () => {
    const checks = await examine({ machine, binding: fakeBinding() });
    expect(checks.filter((check) => !check.ok && !check.name.startsWith('model '))).toEqual([]);
    expect(named(checks, 'decoders')).toMatchObject({ detail: 'avdec_h264 avdec_h265' });
  });

  it('names the packages of elements that are missing', async () => {
    const checks = await examine({
      machine,
      binding: fakeBinding({ missing: ['nvinfer', 'h264parse', 'avdec_h265'] }),
    });
    expect(named(checks, 'elements (standin)')).toMatchObject({
      ok: false,
      detail: 'missing: h264parse nvinfer',
      remedy: 'apt-get install gstreamer1.0-plugins-bad; run scripts/setup, which builds the stand-in',
    });
    expect(named(checks, 'decoders')).toMatchObject({ remedy: 'apt-get install gstreamer1.0-libav' });
  });

  it('asks GStreamer, before anything plays, whether the elements take what is set', async () => {
    const properties = async (changes: Parameters<typeof inspectedMachine>[0]) =>
      named(await examine({ machine: inspectedMachine(changes), binding: fakeBinding() }), 'properties');
    expect(await properties({})).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^\d+ settings of \d+ elements fit$/),
    });
    const [width, height] = [{ width: undefined }, { height: { type: 'uint', min: 0, max: 480 } as const }];
    expect(await properties({ nvstreammux: { ...width, ...height } })).toMatchObject({
      ok: false,
      detail:
        'nvstreammux: property "height" cannot be "720"; expected a whole number from 0 to 480; ' +
        'nvstreammux: property "width" does not exist; the graph sets it to "1280"',
      remedy: expect.stringContaining('weir doctor --deep --json'),
    });
  });

  it('tells an element that is there and cannot be asked', async () => {
    const checks = await examine({
      machine: inspectedMachine({ nvtracker: undefined }),
      binding: fakeBinding(),
    });
    expect(named(checks, 'properties')).toMatchObject({
      ok: false,
      detail: 'gst-inspect-1.0 nvtracker fails',
      remedy: 'run gst-inspect-1.0 nvtracker',
    });
  });

  it('says what it needs for that', async () => {
    expect(
      named(await examine({ machine: recordedMachine(EMPTY), binding: fakeBinding() }), 'properties'),
    ).toMatchObject({
      ok: false,
      remedy: 'apt-get install gstreamer1.0-tools',
    });
  });

  it('shows what differs from what is known, with its source', () => {
    const versions = {
      provider: 'nvidia',
      deepstream: '7.1',
      gstreamer: '1.20.3',
      node: '20',
      weir: '0.1.0',
    };
    const row = {
      group: 'properties',
      question: 'nvstreammux batch-size: type, range and start value',
      expected: '{"max":1024}',
      answer: '{"max":512}',
      verdict: 'differs',
      source: 'DeepStream 9.1: closed',
    } as const;
    const deviation = { ...row, group: 'run', deviation: 5 } as const;
    expect(renderDeep(conformanceReport(versions, [row, deviation]))).toMatchInlineSnapshot(`
      "what is known of NVIDIA's elements, asked of nvidia 7.1, GStreamer 1.20.3

      group                            asked  same  deviations  differs  unknown
      properties and pads of elements      1     0           0        1        0
      a pipeline of the addon              1     0           1        0        0

      differs: nvstreammux batch-size: type, range and start value
        expected  {"max":1024}
        answer    {"max":512}
        source    DeepStream 9.1: closed

      → npm run test:contract asks the rest and writes build/conformance.md"
    `);
  });

  it('says why NATS and cameras of a spec cannot be reached', async () => {
    const port = await freePort();
    const text = `${SPEC.replace(':1/a', `:${port}/a`)}nats: { url: "nats://127.0.0.1:${port}" }\n`;
    await withSpec(text, async (file) => {
      const checks = await examine({ file, machine, binding: fakeBinding() });
      expect(named(checks, 'nats')).toMatchObject({
        ok: false,
        detail: `nats://127.0.0.1:${port}: connection refused`,
      });
      expect(named(checks, 'camera cam-1')).toMatchObject({
        ok: false,
        detail: `127.0.0.1:${port}: the connection is refused`,
      });
    });
  });

  it('finds them when they are there, and secrets that are not', async () => {
    await using server = await startNats();
    const login = 'user: "${env:NO_SUCH}", password: "${env:NO_SUCH}"';
    const text = `${SPEC.replace(':1/a"', () => `:${server.port}/a", ${login}`)}nats: { url: "${server.url}" }\n`;
    await withSpec(text, async (file) => {
      const checks = await examine({ file, machine, binding: fakeBinding(), env: {} });
      expect(named(checks, 'camera cam-1')?.ok).toBe(true);
      expect(named(checks, 'secrets')).toMatchObject({
        ok: false,
        remedy: 'set NO_SUCH in the environment of weir',
      });
      const given = await examine({ file, machine, binding: fakeBinding(), env: { NO_SUCH: 'x' } });
      expect(named(given, 'nats')?.ok).toBe(true);
    });
  });

  it('fails with exit code 69', async () => {
    const { code, stdout } = await weir('doctor', '--json', '--nats', `nats://127.0.0.1:${await freePort()}`);
    expect(code).toBe(69);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
  });
});
