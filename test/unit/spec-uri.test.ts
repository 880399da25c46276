import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redactUri, resolveMediaFile, sourceKind } from '../../src/spec/index.js';
import { checkStreamUri } from '../../src/spec/uri.js';
import { withTempDir } from '../support/temp.js';

const ALLOWED = [
  'rtsp://cam/stream',
  'rtsp://cam',
  'RTSP://cam/stream',
  'rtsps://cam.example.com:322/a/b?c=d&e=f',
  'rtsp://192.0.2.1:8554/Streaming/Channels/101',
  'rtsp://[2001:db8::1]:554/x',
  'rtsp://cam_1/x%20y%40z',
  'rtsp://cam-1.local./x',
  'rtsp://1cam/x',
  'file:///media/a.mp4',
  'file:///media/sub/b.H264',
];

const REFUSED: readonly (readonly [uri: string, message: string])[] = [
  ...[
    'http',
    'https',
    'gopher',
    'ftp',
    'data',
    'javascript',
    'rtp',
    'udp',
    'rtmp',
    'srt',
    'rtspu',
    'rtspt',
    'v4l2',
    'appsrc',
  ].map((scheme) => [`${scheme}://169.254.169.254/x`, `scheme "${scheme}" is not allowed`] as const),
  ['/etc/passwd', 'no scheme'],
  ['//cam/x', 'no scheme'],
  ['', 'no scheme'],
  ['cam', 'no scheme'],
  ['rtsp:cam', 'no host'],
  ['rtsp:/cam', 'no host'],
  ['rtsp://', 'no host'],
  ['rtsp:///x', 'no host'],
  ['rtsp://?x', 'no host'],
  ['rtsp://#x', 'no host'],
  ['rtsp://u@cam/x', 'user and password are not allowed in a URI'],
  ['rtsp://u:p@cam/x', 'user and password are not allowed in a URI'],
  ['rtsp://u:p/w@cam/x', 'user and password are not allowed in a URI'],
  ['rtsp://u:p#w@cam/x', 'user and password are not allowed in a URI'],
  ['rtsp://@cam/x', 'user and password are not allowed in a URI'],
  ['rtsp://cam/x@evil', 'user and password are not allowed in a URI'],
  ['rtsp://cam:port/x', 'the host or port is malformed'],
  ['rtsp://cam:99999/x', 'the host or port is malformed'],
  ['rtsp://cam:/x', 'the host or port is malformed'],
  ['rtsp://c%61m/x', 'the host or port is malformed'],
  ['rtsp://cäm/x', 'the host or port is malformed'],
  ['rtsp://[::1/x', 'the host or port is malformed'],
  ['rtsp://[zz]/x', 'the host or port is malformed'],
  ['rtsp://cam!filesrc/x', 'the host or port is malformed'],
  ['rtsp://cam,evil/x', 'the host or port is malformed'],
  ...[
    ...['0177.0.0.1', '0x7f.0.0.1', '0x7f000001', '2130706433', '127.1', '127.0.1', '017700000001', '0'],
    ...['192.168.010.1', '127.0.0.1.', '256.1.1.1', '1.2.3.4.5', '08.1.1.1', '0xA9.0xFE.0xA9.0xFE', 'cam.1'],
  ].map((host) => [`rtsp://${host}:554/x`, 'the host or port is malformed'] as const),
  ['rtsp://[::ffff:127.0.0.1%25eth0]/x', 'the host or port is malformed'],
  ['rtsp://[fe80::1%eth0]/x', 'the host or port is malformed'],
  ['rtsp://127.0.0.1:4222#@cam/x', 'user and password are not allowed in a URI'],
  ['rtsp://cam/x y', 'blanks, control characters and "\\" are not allowed in a URI'],
  [' rtsp://cam/x', 'blanks, control characters and "\\" are not allowed in a URI'],
  ['rtsp://cam/x\n', 'blanks, control characters and "\\" are not allowed in a URI'],
  ['rtsp://cam/x\u0000', 'blanks, control characters and "\\" are not allowed in a URI'],
  ['rtsp://cam\\@evil/x', 'blanks, control characters and "\\" are not allowed in a URI'],
  ['rtsp://cam/\u2028x', 'blanks, control characters and "\\" are not allowed in a URI'],
  ['file:///etc/passwd', 'the file is not below mediaRoot'],
  ['file:///media/../etc/a.mp4', 'the file is not below mediaRoot'],
  ['file:///media/%2e%2e/etc/a.mp4', 'the file is not below mediaRoot'],
  ['file:///media', 'the file is not below mediaRoot'],
  ['file:///media2/a.mp4', 'the file is not below mediaRoot'],
  ['file:///media/a.txt', 'files of type ".txt" are not supported'],
  ['file:///media/a', 'files of type "" are not supported'],
  ['file:///media/constructor', 'files of type "" are not supported'],
  ['file://host/media/a.mp4', 'not the URI of a local file'],
  ['file:/media/a.mp4', 'not the URI of a local file'],
  ['file:a.mp4', 'not the URI of a local file'],
  ['file:///media/%2fa.mp4', 'not the URI of a local file'],
  ['file:///media/a%00.mp4', 'not the URI of a local file'],
  ['file:///media/a%0a.mp4', 'not the URI of a local file'],
  ['file:///media/a%zz.mp4', 'not the URI of a local file'],
];

describe('the address of a stream', () => {
  it.each(ALLOWED)('%s is allowed', (uri) => expect(checkStreamUri(uri, '/media')).toBeUndefined());
  it.each(REFUSED)('%j is refused: %s', (uri, message) => {
    expect(checkStreamUri(uri, '/media')?.message).toBe(message);
  });

  it('may not be a file where there is no media root', () => {
    expect(checkStreamUri('file:///media/a.mp4', undefined)?.message).toBe('file: is off');
  });

  it('says which template reads it', () => {
    const kinds = [
      'rtsps://c/x',
      'file:///a.MOV',
      'file:///a.mkv',
      'file:///a.264',
      'file:///a.hevc',
      'http://x',
    ].map(sourceKind);
    expect(kinds).toEqual(['rtsp', 'mp4', 'matroska', 'h264', 'h265', undefined]);
  });

  it('is logged without what may be secret', () => {
    expect(redactUri('rtsp://cam:554/user=a_password=b')).toBe('rtsp://cam:554/…');
    expect(redactUri('rtsp://a:p/q@r@cam/x')).toBe('rtsp://***@cam/…');
    expect(redactUri('rtsp://cam?token=x')).toBe('rtsp://cam/…');
    expect(redactUri('nonsense')).toBe('***');
  });
});

describe('a media file', () => {
  it('is opened by its real path, only below the media root', async () => {
    await withTempDir((dir) => {
      const media = join(dir, 'media');
      mkdirSync(media);
      writeFileSync(join(dir, 'outside.mp4'), '');
      writeFileSync(join(media, 'a.mp4'), '');
      symlinkSync(join(media, 'a.mp4'), join(media, 'inside.mp4'));
      symlinkSync(join(dir, 'outside.mp4'), join(media, 'link.mp4'));
      expect(resolveMediaFile(`file://${media}/inside.mp4`, media)).toMatch(/media\/a\.mp4$/);
      expect(() => resolveMediaFile(`file://${media}/link.mp4`, media)).toThrow(
        'the file is not below mediaRoot',
      );
      expect(() => resolveMediaFile(`file://${media}/none.mp4`, media)).toThrow('cannot be read');
      expect(() => resolveMediaFile(`file://${media}/a.mp4`, undefined)).toThrow('file: is off');
    });
  });
});
