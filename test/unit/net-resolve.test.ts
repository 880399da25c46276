import { describe, expect, it } from 'vitest';
import { once } from '../../src/net/lookup.js';
import { type ResolveOptions, resolveCamera } from '../../src/net/index.js';
import { ConnectFailure } from '../../src/streams/connect-failure.js';

const names: Readonly<Record<string, readonly string[]>> = {
  'cam.example': ['192.168.10.7'],
  'both.example': ['2001:db8::7', '192.168.10.7'],
  'six.example': ['fd00::7'],
  'inside.example': ['192.168.10.7', '10.0.0.5'],
  'metadata.example': ['169.254.169.254'],
  'mapped.example': ['::ffff:169.254.169.254'],
  'empty.example': [],
};

function failing(code: string) {
  return () => Promise.reject(Object.assign(new Error(`lookup ${code}`), { code }));
}

const options: ResolveOptions = {
  lookup: (name) => (names[name] ? Promise.resolve(names[name]) : failing('ENOTFOUND')()),
};

async function failure(uri: string, more: ResolveOptions = {}): Promise<string> {
  try {
    return `went to ${await resolveCamera(uri, { ...options, ...more })}`;
  } catch (error) {
    if (error instanceof ConnectFailure) return `${error.reason}: ${error.message}`;
    throw error;
  }
}

describe('the address that is connected to', () => {
  it.each([
    ['rtsp://cam.example/a?b=c#d', 'rtsp://192.168.10.7/a?b=c#d'],
    ['rtsp://cam.example:8554/a', 'rtsp://192.168.10.7:8554/a'],
    ['RTSP://cam.example', 'RTSP://192.168.10.7'],
    ['rtsp://cam.example?x', 'rtsp://192.168.10.7?x'],
    ['rtsp://six.example:554/a', 'rtsp://[fd00::7]:554/a'],
    ['rtsp://both.example/a', 'rtsp://192.168.10.7/a'],
    ['rtsps://cam.example:322/a', 'rtsps://cam.example:322/a'],
    ['rtsp://192.168.10.8:554/a', 'rtsp://192.168.10.8:554/a'],
    ['rtsp://[fd00::8]/a', 'rtsp://[fd00::8]/a'],
    ['file:///media/a.mp4', 'file:///media/a.mp4'],
  ])('of %s is %s', async (uri, expected) => expect(await resolveCamera(uri, options)).toBe(expected));

  it('is another one of several at the next attempt', async () => {
    const turns = [1, 2, 3].map((turn) => resolveCamera('rtsp://both.example/a', { ...options, turn }));
    expect(await Promise.all(turns)).toEqual([
      'rtsp://192.168.10.7/a',
      'rtsp://[2001:db8::7]/a',
      'rtsp://192.168.10.7/a',
    ]);
  });

  it.each([
    ['rtsp://169.254.169.254/latest', 'forbidden: 169.254.169.254 is the address of a metadata service'],
    ['rtsp://[::ffff:169.254.169.254]/', 'forbidden: 169.254.169.254 is the address of a metadata service'],
    ['rtsp://metadata.example/', 'forbidden: 169.254.169.254 is the address of a metadata service'],
    ['rtsp://mapped.example/', 'forbidden: 169.254.169.254 is the address of a metadata service'],
    ['rtsps://metadata.example/', 'forbidden: 169.254.169.254 is the address of a metadata service'],
    ['rtsp://0.0.0.0/', 'forbidden: 0.0.0.0 is no address of a host'],
    ['rtsp://user:secret@cam.example/', 'forbidden: the host or port is malformed'],
    ['rtsp://cam.example\\@evil/', 'forbidden: the host or port is malformed'],
    ['rtsp:///a', 'forbidden: the host or port is malformed'],
    ['rtsp:cam.example', 'forbidden: the host or port is malformed'],
    ['rtsp://camera.invalid/', 'dns: camera.invalid: name not known'],
    ['rtsps://camera.invalid/', 'dns: camera.invalid: name not known'],
    ['rtsp://empty.example/', 'dns: empty.example: name has no address'],
  ])('is none for %s: %s', async (uri, reason) => expect(await failure(uri)).toBe(reason));

  it('is none when any address of the name is outside the networks', async () => {
    const networks = ['192.168.10.0/24'];
    const reason = 'forbidden: 10.0.0.5 is not in cameraNetworks';
    expect(await failure('rtsp://inside.example/a', { networks })).toBe(reason);
    expect(await failure('rtsps://inside.example/a', { networks })).toBe(reason);
    expect(await failure('rtsp://cam.example/a', { networks })).toBe('went to rtsp://192.168.10.7/a');
  });

  it('is judged anew at each connection, and no name is left to be looked up again', async () => {
    const answers = [['192.168.10.7'], ['127.0.0.1']];
    const changing: ResolveOptions = {
      networks: ['192.168.10.0/24'],
      lookup: async () => answers.shift() ?? [],
    };
    expect(await failure('rtsp://cam.example/a', changing)).toBe('went to rtsp://192.168.10.7/a');
    expect(answers).toHaveLength(1);
    expect(await failure('rtsp://cam.example/a', changing)).toBe(
      'forbidden: 127.0.0.1 is not in cameraNetworks',
    );
  });
});

describe('a name server', () => {
  it.each([
    ['EAI_AGAIN', 'dns: cam: the name server does not answer'],
    ['ENODATA', 'dns: cam: name has no address'],
    ['EAI_FAIL', 'dns: cam: EAI_FAIL'],
  ])('that fails with %s is told as %s', async (code, reason) => {
    expect(await failure('rtsp://cam/', { lookup: failing(code) })).toBe(reason);
  });

  it('that does not answer is waited for until the deadline', async () => {
    const lookup = () => new Promise<never>(() => {});
    expect(await failure('rtsp://slow.example/', { lookup, timeoutMs: 20 })).toBe(
      'dns: slow.example: no answer within 0.0 s',
    );
  });

  it('is asked once by all who want the same name', async () => {
    const asked: string[] = [];
    const answers = new Map<string, () => void>();
    const lookup = once((name) => {
      asked.push(name);
      return new Promise((resolve) => answers.set(name, () => resolve([name])));
    });
    const all = ['a', 'a', 'b'].map(lookup);
    expect(asked).toEqual(['a', 'b']);
    answers.get('a')?.();
    answers.get('b')?.();
    expect(await Promise.all(all)).toEqual([['a'], ['a'], ['b']]);
    void lookup('a');
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  it('that fails is asked again next time', async () => {
    let asked = 0;
    const lookup = once(() => {
      asked++;
      return asked === 1 ? Promise.reject(new Error('down')) : Promise.resolve(['192.0.2.1']);
    });
    await expect(lookup('a')).rejects.toThrow('down');
    expect(await lookup('a')).toEqual(['192.0.2.1']);
  });
});
