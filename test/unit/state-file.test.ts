/** What a state file looks like, damaged ones, those of later versions, and the file system of this machine. */
import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type FileOps, systemFiles } from '../../src/supervisor/state/file-ops.js';
import { EMPTY_STATE, type SavedState } from '../../src/supervisor/state/saved-state.js';
import { StateStore } from '../../src/supervisor/state/store.js';
import { diskOf, FaultyFiles, filesOf } from '../support/faulty-files.js';
import {
  found,
  LAST_PATH,
  openStore,
  refusal,
  sealedState,
  settledDisk,
  stateOf,
  STATE_PATH,
} from '../support/saved-states.js';
import { withTempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

/** The text of generation 6, changed. */
const [good, last] = [sealedState(stateOf(6)), sealedState(stateOf(5))];
const withText = (text: string | Buffer) => diskOf({ [STATE_PATH]: text, [LAST_PATH]: last });
const resealed = (change: object) => sealedState({ ...stateOf(6), ...change });

describe('a state file', () => {
  it('is JSON that a person can read', () => {
    const state = { ...EMPTY_STATE, generation: 2, streams: { 'cam-1': null } };
    expect(sealedState(state)).toMatchInlineSnapshot(`
      "{
        "weir": "state",
        "format": 1,
        "bytes": 68,
        "sha256": "bc0907054ac83144f23cedfec2b2575ccbe4a378bc7315800f26d488bca2f75c",
        "state": {
          "format": 1,
          "generation": 2,
          "quarantine": {},
          "streams": {
            "cam-1": null
          }
        }
      }
      "
    `);
  });

  it('is the same text for the same state', () => {
    const { format, ...rest } = stateOf(3);
    expect(sealedState({ ...rest, format })).toBe(sealedState(stateOf(3)));
  });

  it('may be laid out otherwise', async () => {
    const image = withText(JSON.stringify(JSON.parse(good)));
    expect(await found(image)).toEqual(stateOf(6));
  });

  it('that is not there is an empty state, which is no file until it changes', async () => {
    const disk = new FaultyFiles();
    await using store = await openStore(disk);
    expect([store.state, store.problem]).toEqual([EMPTY_STATE, undefined]);
    await store.change((now) => now);
    expect(filesOf(disk.image)).toEqual({});
  });

  it('comes with a copy of the state before', async () => {
    const disk = new FaultyFiles(settledDisk(6));
    await using store = await openStore(disk);
    await store.write(stateOf(7));
    expect(filesOf(disk.image)).toEqual({ [STATE_PATH]: sealedState(stateOf(7)), [LAST_PATH]: good });
  });

  it('keeps names that JavaScript has a meaning for', async () => {
    const stream = JSON.parse('{"id":"constructor","uri":"rtsp://h/1","__proto__":{"polluted":1}}');
    const state: SavedState = {
      ...EMPTY_STATE,
      generation: 1,
      streams: { constructor: { pipeline: 'main', stream } },
    };
    const disk = new FaultyFiles();
    await using store = await openStore(disk);
    await store.write(state);
    const again = await found(disk.image);
    expect(JSON.stringify(again.streams)).toBe(
      '{"constructor":{"pipeline":"main","stream":{"__proto__":{"polluted":1},"id":"constructor","uri":"rtsp://h/1"}}}',
    );
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('a damaged state file', () => {
  const whyLast = (reason: string) =>
    `${STATE_PATH}: ${reason}; the last good copy beside it is used, which may lack the last change`;

  it.each([
    ['missing', undefined, 'it is missing'],
    ['empty', '', 'it is not a whole state file of weir'],
    ['of another kind', '{"weir":"lock","format":1}', 'it is not a whole state file of weir'],
    ['edited', good.replace('cam-1', 'cam-9'), 'its checksum does not match its content'],
    ['without content', '{"weir":"state","format":1}', 'it has no content'],
    ['of an odd format', good.replace('"format": 1', '"format": 0'), 'it has no content'],
    ['large', ' '.repeat(17 * 1024 * 1024), 'it is larger than 16777216 bytes'],
    [
      'with a wrong generation',
      resealed({ generation: -1 }),
      'it is whole, but not a state that weir would write',
    ],
    ['with unknown keys', resealed({ more: 1 }), 'it is whole, but not a state that weir would write'],
    [
      'with a stream under another id',
      resealed({ streams: { a: { pipeline: 'main', stream: { id: 'b' } } } }),
      'it is whole, but not a state that weir would write',
    ],
  ])('that is %s is replaced by its last good copy, and the problem told', async (_, text, reason) => {
    const image = text === undefined ? diskOf({ [LAST_PATH]: last }) : withText(text);
    await using store = await openStore(new FaultyFiles(image));
    expect([store.state, store.problem]).toEqual([stateOf(5), whyLast(reason)]);
  });

  it('that cannot be read for the disk is replaced too', async () => {
    const disk = new FaultyFiles(settledDisk(6));
    disk.fault = ({ name, path }) => (name === 'read' && path === STATE_PATH ? { code: 'EIO' } : undefined);
    await using store = await openStore(disk);
    expect([store.state, store.problem]).toEqual([stateOf(5), whyLast('it cannot be read: EIO')]);
  });

  it('is never taken for another state, wherever it is cut', async () => {
    const bytes = Buffer.from(good);
    for (let length = 0; length < bytes.length - 1; length++)
      expect(await found(withText(bytes.subarray(0, length)))).toEqual(stateOf(5));
  });

  it('is never taken for another state, whichever bit has turned', async () => {
    const bytes = Buffer.from(good);
    for (let bit = 0; bit < bytes.length * 8; bit += 3) {
      const turned = Buffer.from(bytes);
      turned.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const told = await found(withText(turned)).catch(({ code }: { code: string }) => code);
      // A blank that has become another blank matters to nobody; a later format is told, not guessed at.
      if (told === 'STATE_CORRUPT') expect(turned.toString()).toMatch(/"format": [2-9]/);
      else expect([stateOf(5), stateOf(6)]).toContainEqual(told);
    }
  });

  it('without a good copy ends the start, with what is wrong with both', async () => {
    const image = diskOf({ [STATE_PATH]: '{', [LAST_PATH]: good.replace('cam-1', 'cam-9') });
    expect(await refusal(openStore(new FaultyFiles(image)))).toMatchObject({
      code: 'STATE_CORRUPT',
      message:
        `${STATE_PATH} cannot be used: it is not a whole state file of weir; ` +
        'nor can weir.state.json.last beside it: its checksum does not match its content',
      remedy: 'bring one of them back from a backup, or move both away to begin with the spec alone',
    });
  });
});

describe('a state file of a later version', () => {
  const later = good.replace('"format": 1', '"format": 2');

  it.each([
    ['the file', diskOf({ [STATE_PATH]: later, [LAST_PATH]: last }), STATE_PATH],
    ['all there is', diskOf({ [STATE_PATH]: later }), STATE_PATH],
    ['the copy of a damaged one', diskOf({ [STATE_PATH]: '', [LAST_PATH]: later }), LAST_PATH],
  ])('is refused and left as it is where it is %s', async (_, image, path) => {
    const disk = new FaultyFiles(image);
    expect(await refusal(openStore(disk))).toMatchObject({
      code: 'STATE_CORRUPT',
      message: `${path} cannot be used: it has format 2, which a later version of weir wrote`,
      remedy: 'run the later version of weir, or move the file away to begin with the spec alone',
    });
    expect(disk.journal).toEqual([]);
  });
});

describe('changes', () => {
  it('made at once are made one after the other, each of the state before', async () => {
    const disk = new FaultyFiles();
    await using store = await openStore(disk);
    const next = (now: SavedState) => ({ ...now, generation: now.generation + 1 });
    const told = await Promise.all(Array.from({ length: 100 }, () => store.change(next)));
    expect(told.map(({ generation }) => generation)).toEqual(told.map((_, n) => n + 1));
    expect([store.state.generation, disk.busiest]).toEqual([100, 1]);
  });

  it('that nobody could carry out in time are refused at once', async () => {
    await using store = await openStore(new FaultyFiles());
    const asked = Array.from({ length: 257 }, (_, n) => store.write(stateOf(n + 1)));
    expect(await refusal(asked.at(-1) as Promise<void>)).toMatchObject({
      code: 'STATE_UNWRITABLE',
      message: `${STATE_PATH} cannot be written: 256 changes wait for the disk already`,
    });
    await Promise.all(asked.slice(0, -1));
    expect(store.state).toEqual(stateOf(256));
  });

  it('that fail before they are written change nothing, and hold up nobody', async () => {
    const disk = new FaultyFiles(settledDisk(6));
    await using store = await openStore(disk);
    const fails = refusal(
      store.change(() => {
        throw new Error('no');
      }),
    );
    const wrong = refusal(store.write({ ...stateOf(7), generation: 0.5 }));
    await store.write(stateOf(8));
    expect((await fails).message).toBe('no');
    expect(await wrong).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining(`${STATE_PATH}: not a state that could be read again`),
    });
    expect(await found(disk.image)).toEqual(stateOf(8));
  });

  it('leave nothing that could be changed behind the back of the file', async () => {
    await using store = await openStore(new FaultyFiles());
    const state = {
      ...EMPTY_STATE,
      generation: 1,
      quarantine: { a: { since: '2026-01-01T00:00:00.000Z', reason: 'x' } },
    };
    await store.write(state);
    state.quarantine.a.reason = 'y';
    expect(store.state.quarantine.a?.reason).toBe('x');
    expect(Object.isFrozen(store.state.quarantine.a)).toBe(true);
  });
});

const NOBODY = 65_534;

/** As somebody whom permissions bind: root is bound by none. */
const asNobody = <T>(act: () => Promise<T>) => as(NOBODY, act);
const asOwner = <T>(act: () => Promise<T>) => as(0, act);

async function as<T>(user: number, act: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return act();
  const before = process.geteuid?.() ?? 0;
  process.seteuid?.(user);
  try {
    return await act();
  } finally {
    process.seteuid?.(before);
  }
}

describe('on this machine', () => {
  const open = (path: string, files: FileOps = systemFiles) => StateStore.open({ path, files });

  it('the file and its copy are for their owner alone, and nothing else is left', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 'weir.state.json');
      await writeFile(`${path}.tmp`, 'left by a process that ended', { mode: 0o644 });
      await using store = await open(path);
      expect(await readdir(dir)).toEqual([]);
      for (const generation of [1, 2, 3]) await store.write(stateOf(generation));
      expect((await readdir(dir)).sort()).toEqual(['weir.state.json', 'weir.state.json.last']);
      for (const name of await readdir(dir)) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
      expect((await open(path)).state).toEqual(stateOf(3));
      await rename(`${path}.last`, path);
      expect((await open(path)).state).toEqual(stateOf(2));
    });
  });

  it('a folder that is not there, or a folder in its place, is told', async () => {
    await withTempDir(async (dir) => {
      await using store = await open(join(dir, 'gone', 'weir.state.json'));
      expect(await refusal(store.write(stateOf(1)))).toMatchObject({
        message: `${join(dir, 'gone', 'weir.state.json')} cannot be written: ENOENT`,
        remedy: `make the folder ${join(dir, 'gone')}`,
      });
      await mkdir(join(dir, 'weir.state.json'));
      expect((await refusal(open(join(dir, 'weir.state.json')))).message).toContain('it is no regular file');
    });
  });

  it('a folder that may not be written refuses a change and keeps the state', async () => {
    await withTempDir(async (dir) => {
      await chmod(dir, 0o777);
      await asNobody(async () => {
        const path = join(dir, 'weir.state.json');
        await using store = await open(path);
        await store.write(stateOf(1));
        await asOwner(() => chmod(dir, 0o555));
        try {
          expect(await refusal(store.write(stateOf(2)))).toMatchObject({
            code: 'STATE_UNWRITABLE',
            message: `${path} cannot be written: EACCES`,
            remedy: `let the user weir runs as write to ${dir}`,
          });
          expect((await open(path)).state).toEqual(stateOf(1));
        } finally {
          await asOwner(() => chmod(dir, 0o777));
        }
        await store.write(stateOf(3));
        expect((await open(path)).state).toEqual(stateOf(3));
      });
    });
  });

  it('a file that may not be read is not passed over for its copy', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 'weir.state.json');
      await using store = await open(path);
      await store.write(stateOf(1));
      await store.write(stateOf(2));
      await chmod(dir, 0o755);
      await chmod(`${path}.last`, 0o644);
      await chmod(path, 0o200);
      const told = await asNobody(() => refusal(open(path)));
      expect(told).toMatchObject({ code: 'IO', message: `${path} cannot be read: EACCES` });
    });
  });

  it('a sync that hangs refuses the change, which does not come back when it ends', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 'weir.state.json');
      const [reached, end] = [signal(), signal()];
      let hangs = false;
      const files: FileOps = {
        ...systemFiles,
        async syncFolder(folder) {
          await systemFiles.syncFolder(folder);
          if (!hangs) return;
          reached.give();
          await end.given;
        },
      };
      await using store = await open(path, files);
      await store.write(stateOf(1));
      hangs = true;
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const refused = refusal(store.write(stateOf(2)));
      await reached.given;
      vi.advanceTimersByTime(5_000);
      vi.useRealTimers();
      expect((await refused).message).toContain('the disk has not answered within 5 s');
      expect((await refusal(store.write(stateOf(3)))).message).toContain('the write before');
      expect(await readFile(path, 'utf8')).toBe(sealedState(stateOf(2)));

      hangs = false;
      end.give();
      const write = () => store.write(stateOf(4)).then(...answers);
      await until('it is as it was', async () => (await readFile(path, 'utf8')) === sealedState(stateOf(1)));
      await until('a change is accepted', write);
      expect((await open(path)).state).toEqual(stateOf(4));
    });
  });
});

const answers = [() => true, () => false] as const;

function signal(): { given: Promise<void>; give: () => void } {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}
