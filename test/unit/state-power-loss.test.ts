/** Power fails after every operation on the disk, and within every write: the state is always there. */
import { describe, expect, it } from 'vitest';
import {
  type Call,
  type Cuts,
  EMPTY_DISK,
  everyByte,
  type Fault,
  FaultyFiles,
  fewCuts,
  fingerprint,
  type Image,
  survivors,
} from '../support/faulty-files.js';
import { LAST_PATH, openStore, stateOf, STATE_PATH } from '../support/saved-states.js';

/** From operation `from` on, a process that starts anew may find any of these generations. */
interface Mark {
  readonly from: number;
  readonly allowed: readonly number[];
}

interface Story {
  readonly disk: FaultyFiles;
  readonly marks: readonly Mark[];
}

type Faults = (call: Call) => Fault | undefined;

/** Writes generation after generation; where one is refused, the one before must be found again. */
async function story(
  start: Image,
  generations: readonly number[],
  faults: Faults = () => undefined,
): Promise<Story> {
  const disk = new FaultyFiles(start);
  await using store = await openStore(disk);
  disk.fault = faults;
  const marks: Mark[] = [{ from: 0, allowed: [store.state.generation] }];
  for (const generation of generations) {
    const before = store.state.generation;
    marks.push({ from: disk.journal.length, allowed: [before, generation] });
    await store.write(stateOf(generation)).catch(() => undefined);
    marks.push({ from: disk.journal.length, allowed: [store.state.generation] });
  }
  return { disk, marks };
}

interface Wreck {
  readonly image: Image;
  readonly allowed: readonly number[];
}

/** Every disk that any moment of the story may leave, each with what may be found on it. */
function* wrecks({ disk, marks }: Story, cuts: Cuts): Generator<Wreck> {
  const told = new Set<string>();
  for (let length = 0; length <= disk.journal.length; length++) {
    const allowed = allowedAfter(marks, length);
    for (const image of survivors(disk.start, disk.journal.slice(0, length), cuts)) {
      const key = `${allowed.join()} ${fingerprint(image)}`;
      if (told.has(key)) continue;
      told.add(key);
      yield { image, allowed };
    }
  }
}

/** Of two marks at one operation the later counts: what was acknowledged must be there. */
function allowedAfter(marks: readonly Mark[], length: number): readonly number[] {
  return marks.findLast(({ from }) => from <= length)?.allowed ?? [];
}

/** It must start, with an allowed state, and be able to write and read again. */
async function complaint({ image, allowed }: Wreck): Promise<string | undefined> {
  const disk = new FaultyFiles(image);
  const store = await openStore(disk).catch((error: Error) => error.message);
  if (typeof store === 'string') return store;
  const { generation } = store.state;
  if (!allowed.includes(generation)) return `found ${generation}, allowed are ${allowed.join(' and ')}`;
  if (JSON.stringify(store.state.streams) !== JSON.stringify(stateOf(generation).streams))
    return 'another content';
  await store.write(stateOf(1_000));
  const again = await openStore(new FaultyFiles(disk.image));
  const strange = [...disk.image.names.keys()].filter((name) => ![STATE_PATH, LAST_PATH].includes(name));
  if (strange.length > 0) return `left over: ${strange.join()}`;
  return again.state.generation === 1_000 ? store.problem : 'written, but not found';
}

async function complaints(all: Iterable<Wreck>): Promise<{ count: number; complaints: readonly string[] }> {
  const told: string[] = [];
  let count = 0;
  for (const wreck of all) {
    count++;
    const what = await complaint(wreck);
    if (what !== undefined) told.push(what);
    // Enough to see what is wrong.
    if (told.length >= 100) break;
  }
  return { count, complaints: told };
}

const failsOnce = (name: Call['name'], nth: number, fault: Fault): Faults => {
  let seen = 0;
  return (call) => (call.name === name && seen++ === nth ? fault : undefined);
};

describe('after a power loss', () => {
  it('at any operation and any byte of a sequence of writes, the last acknowledged state is found', async () => {
    const written = await story(EMPTY_DISK, [1, 2, 3, 4]);
    const result = await complaints(wrecks(written, everyByte));
    expect(result.complaints).toEqual([]);
    expect(result.count).toBeGreaterThan(1_000);
  });

  it('on a disk that a power loss had left already, it is found too', async () => {
    const first = await story(EMPTY_DISK, [1, 2, 3]);
    const told = new Set<string>();
    let count = 0;
    for (const { image } of wrecks(first, fewCuts)) {
      const again = await story(image, [50, 51]);
      for (const wreck of wrecks(again, fewCuts)) {
        const key = `${wreck.allowed.join()} ${fingerprint(wreck.image)}`;
        if (told.has(key)) continue;
        told.add(key);
        count++;
        expect(await complaint(wreck)).toBeUndefined();
      }
    }
    expect(count).toBeGreaterThan(200);
  });

  it.each<readonly [string, Faults]>([
    ['a full disk', failsOnce('write', 1, { code: 'ENOSPC', done: 'half' })],
    ['a content that could not be made durable', failsOnce('sync', 1, { code: 'EIO' })],
    ['a copy that could not be made', failsOnce('link', 0, { code: 'EIO' })],
    ['a copy that could not be put in place', failsOnce('rename', 1, { code: 'EIO' })],
    ['a replacement that failed', failsOnce('rename', 2, { code: 'EIO' })],
    ['a replacement that failed, but was done', failsOnce('rename', 2, { code: 'EIO', done: 'all' })],
    ['names that could not be made durable', failsOnce('syncFolder', 1, { code: 'EIO' })],
  ])('what was refused for %s is not found', async (_, faults) => {
    const written = await story(EMPTY_DISK, [1, 2, 3], faults);
    const refused = written.marks.filter(({ allowed }) => allowed.length === 1 && allowed[0] === 1);
    expect(refused).toHaveLength(2);
    expect((await complaints(wrecks(written, fewCuts))).complaints).toEqual([]);
  });

  it('on a file system without second names for files, there is the file or its copy', async () => {
    const noLinks: Faults = ({ name }) => (name === 'link' ? { code: 'EPERM' } : undefined);
    const written = await story(EMPTY_DISK, [1, 2, 3], noLinks);
    expect(written.marks.at(-1)).toMatchObject({ allowed: [3] });
    const { complaints: told } = await complaints(wrecks(written, fewCuts));
    const missing = `${STATE_PATH}: it is missing; the last good copy beside it is used, which may lack the last change`;
    expect(new Set(told)).toEqual(new Set([missing]));
  });

  it('a disk that makes nothing durable is told apart: the disk of these tests can lose a state', async () => {
    const written = await story(EMPTY_DISK, [1, 2]);
    const lying = written.disk.journal.filter(({ type }) => type === 'write' || type === 'names');
    const images = [...survivors(EMPTY_DISK, lying, fewCuts)];
    const empty = images.filter(({ names }) => !names.has(STATE_PATH) && !names.has(LAST_PATH));
    expect(empty.length).toBeGreaterThan(0);
  });
});
