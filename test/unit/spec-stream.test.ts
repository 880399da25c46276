import { describe, expect, it } from 'vitest';
import { parseSpec, parseStream, sameConnection, sameStream, WeirError } from '../../src/spec/index.js';

const REF = '${env:CAM_PASSWORD}';

function complaint(value: unknown, options: Parameters<typeof parseStream>[1] = {}): string {
  try {
    parseStream(value, options);
  } catch (error) {
    if (error instanceof WeirError && error.code === 'SPEC_INVALID') return error.message;
    throw error;
  }
  return 'valid';
}

describe('a stream by itself', () => {
  it('gets the defaults it would get in a file, and is frozen', () => {
    const stream = parseStream({ id: 'cam-1', uri: 'rtsp://192.0.2.1/a', user: REF, password: REF });
    expect(stream).toEqual({
      id: 'cam-1',
      uri: { analyse: 'rtsp://192.0.2.1/a', live: 'rtsp://192.0.2.1/a', record: 'rtsp://192.0.2.1/a' },
      user: { from: 'env', name: 'CAM_PASSWORD' },
      password: { from: 'env', name: 'CAM_PASSWORD' },
      transport: 'tcp',
      latencyMs: 200,
      fps: 15,
      frozenAfterSeconds: 10,
      frozenRestart: false,
      decode: 'all',
    });
    expect(Object.isFrozen(stream.uri)).toBe(true);
  });

  it('is what the same words in a file are', () => {
    const value = { id: 'a', uri: { analyse: 'rtsp://h/1', record: 'rtsp://h/2' }, fps: 5 };
    const pipeline = { id: 'p', detector: { model: 'synthetic' }, streams: [value] };
    const file = parseSpec(JSON.stringify({ appliance: 'x', pipelines: [pipeline] }), 'weir.yaml');
    expect(file.ok && file.spec.pipelines[0]?.streams[0]).toEqual(parseStream(value));
  });

  it.each([
    ['nothing', undefined, 'stream: missing; expected a map'],
    ['a text', 'rtsp://h/1', 'stream: got "rtsp://h/1", expected a map'],
    [
      'an unknown key',
      { id: 'a', uri: 'rtsp://h/1', usr: 'x' },
      'stream: usr: unknown key\n    did you mean "user"?',
    ],
    [
      'a password in the open',
      { id: 'a', uri: 'rtsp://h/1', user: REF, password: 'hunter2' },
      'stream: password: got a value that is not shown, expected a reference: ${env:NAME} or ${file:/absolute/path}\n' +
        '    keep the secret out of the spec: put it into an environment variable or a file of mode 0600',
    ],
    [
      'a password in the address',
      { id: 'a', uri: 'rtsp://me:hunter2@h/1' },
      'stream: uri: got "rtsp://***@h/…": user and password are not allowed in a URI\n' +
        '    use the keys "user" and "password" of the stream, e.g. password: ${env:CAM_PASSWORD}; ' +
        'write a literal "@" as %40',
    ],
    ['a user alone', { id: 'a', uri: 'rtsp://h/1', user: REF }, '"user" without "password"'],
    ['the reserved name', { id: 'ctl', uri: 'rtsp://h/1' }, '"ctl" is reserved for control subjects'],
    ['a file, while files are off', { id: 'a', uri: 'file:///m/a.mp4' }, 'file: is off'],
    [
      'a wrong second address',
      { id: 'a', uri: { analyse: 'rtsp://h/1', live: 'http://h' } },
      'stream: uri.live: ',
    ],
  ])('is refused when it is %s', (_, value, message) => {
    expect(complaint(value)).toContain(message);
  });

  it('has all its problems told at once', () => {
    const lines = complaint({ id: 'A', uri: 'gopher://h', fps: 'fast', user: REF }).split('\n');
    expect(lines.filter((line) => line.startsWith('stream: '))).toHaveLength(4);
  });

  it('may be a file below the media root', () => {
    const value = { id: 'a', uri: 'file:///media/a.mp4' };
    expect(complaint(value, { mediaRoot: '/media' })).toBe('valid');
    expect(complaint(value, { mediaRoot: '/elsewhere', where: 'add' })).toMatch(
      /^add: uri: .*not below mediaRoot/,
    );
  });

  it.each([
    ['__proto__ as a key', JSON.parse('{"id":"a","uri":"rtsp://h/1","__proto__":{"id":"b"}}')],
    ['a list', []],
    ['a function', () => undefined],
    ['a date', new Date(0)],
    ['getters that throw', Object.defineProperty({}, 'x', { enumerable: true, get: () => expect.fail() })],
  ])('is refused when it is odd: %s', (_, value) => {
    expect(complaint(value)).not.toBe('valid');
  });
});

describe('two descriptions', () => {
  const stream = (more: object = {}) => parseStream({ id: 'a', uri: 'rtsp://h/1', ...more });

  it('are the same by content', () => {
    expect(sameStream(stream(), stream({ fps: 15 }))).toBe(true);
    expect(sameStream(stream(), stream({ fps: 10 }))).toBe(false);
  });

  it.each([
    ['another address', { uri: 'rtsp://h/2' }, false],
    ['other credentials', { user: REF, password: REF }, false],
    ['another transport', { transport: 'udp' }, false],
    ['another latency', { latencyMs: 100 }, false],
    ['another address to record', { uri: { analyse: 'rtsp://h/1', record: 'rtsp://h/2' } }, true],
    ['another declared frame rate', { fps: 5 }, true],
    ['other frames that are decoded', { decode: 'keyframes' }, true],
    ['fewer frames that are analysed', { maxFps: 5 }, true],
    ['other words on frozen pictures', { frozenAfterSeconds: 0, frozenRestart: true }, true],
  ])('with %s share a connection or not', (_, more, same) => {
    expect(sameConnection(stream(), stream(more))).toBe(same);
  });

  it('of a raw file differ by their frame rate, which makes its timestamps', () => {
    const raw = (fps: number) => parseStream({ id: 'a', uri: 'file:///m/a.h264', fps }, { mediaRoot: '/m' });
    expect(sameConnection(raw(10), raw(5))).toBe(false);
  });
});
