import { describe, expect, it } from 'vitest';
import { examine } from '../../src/cli/doctor/examine.js';
import { SPEC, weir, withSpec } from '../support/cli.js';
import { fakeBinding } from '../support/fake-binding.js';
import { startNats } from '../support/nats.js';
import { freePort } from '../support/wait.js';

describe('the doctor', () => {
  const named = (checks: Awaited<ReturnType<typeof examine>>, name: string) =>
    checks.find((check) => check.name === name);

  it('passes an installation that has everything', async () => {
    const checks = await examine({ binding: fakeBinding() });
    expect(checks.filter((check) => !check.ok && !check.name.startsWith('model '))).toEqual([]);
    expect(named(checks, 'decoders')).toMatchObject({ detail: 'avdec_h264 avdec_h265' });
  });

  it('names the packages of elements that are missing', async () => {
    const checks = await examine({
      binding: fakeBinding({ missing: ['nvinfer', 'h264parse', 'avdec_h265'] }),
    });
    expect(named(checks, 'elements (standin)')).toMatchObject({
      ok: false,
      detail: 'missing: h264parse nvinfer',
      remedy: 'apt-get install gstreamer1.0-plugins-bad; run scripts/setup, which builds the stand-in',
    });
    expect(named(checks, 'decoders')).toMatchObject({ remedy: 'apt-get install gstreamer1.0-libav' });
  });

  it('says why NATS and cameras of a spec cannot be reached', async () => {
    const port = await freePort();
    const text = `${SPEC.replace(':1/a', `:${port}/a`)}nats: { url: "nats://127.0.0.1:${port}" }\n`;
    await withSpec(text, async (file) => {
      const checks = await examine({ file, binding: fakeBinding() });
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
      const checks = await examine({ file, binding: fakeBinding(), env: {} });
      expect(named(checks, 'camera cam-1')?.ok).toBe(true);
      expect(named(checks, 'secrets')).toMatchObject({
        ok: false,
        remedy: 'set NO_SUCH in the environment of weir',
      });
      const given = await examine({ file, binding: fakeBinding(), env: { NO_SUCH: 'x' } });
      expect(named(given, 'nats')?.ok).toBe(true);
    });
  });

  it('fails with exit code 69', async () => {
    const { code, stdout } = await weir('doctor', '--json', '--nats', `nats://127.0.0.1:${await freePort()}`);
    expect(code).toBe(69);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
  });
});
