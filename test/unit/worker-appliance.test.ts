import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Appliance, type ApplianceOptions } from '../../src/worker/appliance.js';
import { type FakeBinding, fakeBinding } from '../support/fake-binding.js';
import { fakeLink } from '../support/fake-link.js';
import { camera, fakeSpec } from '../support/fake-worker.js';
import { type TempDir, tempDir } from '../support/temp.js';

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

function start(
  pipelines: Readonly<Record<string, readonly string[]>>,
  binding: FakeBinding = fakeBinding(),
  more: ApplianceOptions = {},
): Promise<Appliance> {
  return Appliance.start(fakeSpec(pipelines), {
    ...{ binding, openLink: fakeLink, log: pino({ level: 'silent' }) },
    env: { XDG_RUNTIME_DIR: dir.path },
    ...more,
  });
}

const ids = (appliance: Appliance) =>
  appliance.status().map(({ pipeline, streams }) => [pipeline, ...streams.map(({ id }) => id)].join(' '));

describe('an appliance of one pipeline', () => {
  it('needs no name of it', async () => {
    await using appliance = await start({ main: ['a'] });
    expect(await appliance.add(camera('b'))).toMatchObject({ changed: true, stream: { slot: 1 } });
    expect(await appliance.update(camera('b', { fps: 5 }))).toMatchObject({ changed: true });
    expect(await appliance.restart('b')).toMatchObject({ changed: true });
    expect(await appliance.remove('a')).toMatchObject({ changed: true, stream: { state: 'stopped' } });
    expect(await appliance.remove('a')).toEqual({ changed: false });
    expect(ids(appliance)).toEqual(['main b']);
    await expect(appliance.restart('a')).rejects.toMatchObject({ code: 'STREAM_UNKNOWN' });
    await expect(appliance.update(camera('a'))).rejects.toMatchObject({ code: 'STREAM_UNKNOWN' });
    await expect(appliance.snapshot('a')).rejects.toMatchObject({
      ...{ code: 'STREAM_UNKNOWN', message: 'no stream "a"; there are b' },
    });
  });
});

describe('an appliance of several pipelines', () => {
  const two = { yard: ['a'], gate: ['b'] };

  it('wants to know which is meant', async () => {
    await using appliance = await start(two);
    await expect(appliance.add(camera('c'))).rejects.toMatchObject({
      ...{ code: 'PIPELINE_UNKNOWN', message: 'there are several pipelines: yard, gate' },
    });
    await expect(appliance.add(camera('c'), 'attic')).rejects.toMatchObject({
      ...{ code: 'PIPELINE_UNKNOWN', message: 'no pipeline "attic"; there are yard, gate' },
    });
    await appliance.add(camera('c'), 'gate');
    expect(ids(appliance)).toEqual(['yard a', 'gate b c']);
  });

  it('has no id twice', async () => {
    await using appliance = await start(two);
    const both = await Promise.allSettled([
      appliance.add(camera('c'), 'yard'),
      appliance.add(camera('c'), 'gate'),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(appliance.add(camera('c'), 'gate')).rejects.toMatchObject({
      ...{ code: 'STREAM_EXISTS', message: 'stream "c" is there already, in pipeline "yard"' },
    });
    // Where it is already, it need not be said.
    expect(await appliance.add(camera('c'))).toMatchObject({ changed: false });
  });

  it('finds a stream wherever it is', async () => {
    await using appliance = await start(two);
    expect((await appliance.update(camera('b', { fps: 5 }))).changed).toBe(true);
    expect((await appliance.remove('b')).changed).toBe(true);
    expect(ids(appliance)).toEqual(['yard a', 'gate']);
  });

  it('moves one when the one has let go of it', async () => {
    await using appliance = await start(two);
    const [removed, added] = await Promise.all([appliance.remove('b'), appliance.add(camera('b'), 'yard')]);
    expect([removed.changed, added.changed]).toEqual([true, true]);
    expect(ids(appliance)).toEqual(['yard a b', 'gate']);
  });
});

it('hides its memory where that is asked for, and only there', async () => {
  const [hidden, open] = [fakeBinding(), fakeBinding()];
  await using _hidden = await start({ main: [] }, hidden, { hideMemory: true });
  await using _open = await start({ main: [] }, open);
  expect([hidden.memoryHidden, open.memoryHidden]).toEqual([true, false]);
});
