import { describe, expect, it } from 'vitest';
import { assess } from '../../src/probe/advice.js';
import type { ProbeFacts } from '../../src/probe/report.js';
import { GOOD_CAMERA } from '../support/probe-facts.js';

const advice = (change: Partial<ProbeFacts>) =>
  assess({ ...GOOD_CAMERA, ...change }).flatMap(({ about, advice: text }) => (text ? [[about, text]] : []));

describe('advice', () => {
  it('is not given where nothing is wrong', () => expect(advice({})).toEqual([]));

  it.each<readonly [string, Partial<ProbeFacts>, string, RegExp]>([
    ['H.265', { codec: 'H265' }, 'codec', /most browsers cannot show it/],
    ['ten bits', { profile: 'high-10' }, 'codec', /Main or High with 8 bits/],
    ['4:4:4', { codec: 'H265', profile: 'main-444' }, 'codec', /Main or High with 8 bits/],
    ['Full HD', { width: 1920, height: 1080 }, 'resolution', /sub-stream of 1280x720 or less/],
    ['a square of many pixels', { width: 1100, height: 1100 }, 'resolution', /sub-stream/],
    ['25 frames a second', { fps: 25, declaredFps: 25 }, 'frame rate', /set 15 or less/],
    ['fewer frames than declared', { fps: 8, declaredFps: 25 }, 'frame rate', /fewer frames come/],
    ['5 Mbit/s', { kbitPerSecond: 5000 }, 'bitrate', /sub-stream/],
    [
      'rare key frames',
      { keyFrames: { frames: 75, seconds: 5, atLeast: true } },
      'key frames',
      /I-frame interval \(GOP\) to 15, one second/,
    ],
    ['B-frames', { reordered: true }, 'frame order', /turn B-frames off/],
    [
      'loss by UDP',
      { transport: 'udp', packets: { received: 98, lost: 2 } },
      'packet loss',
      /--transport tcp/,
    ],
    ['loss by TCP', { packets: { received: 98, lost: 2 } }, 'packet loss', /the camera itself drops packets/],
    ['no login', { authentication: 'none' }, 'login', /set a password/],
    ['Basic', { authentication: 'basic' }, 'login', /nearly in the clear/],
    [
      'sound',
      { media: [...GOOD_CAMERA.media, { kind: 'audio', codec: 'PCMU' }] },
      'offered',
      /audio is not taken/,
    ],
  ])('for %s', (_name, change, about, text) => {
    const given = advice(change);
    expect(given).toEqual([[about, expect.stringMatching(text)]]);
  });

  it.each<readonly [string, Partial<ProbeFacts>]>([
    ['Basic over TLS', { authentication: 'basic', uri: 'rtsps://192.0.2.10/…' }],
    ['15.2 measured frames', { fps: 15.2 }],
    ['a rate that is not declared', { fps: 10, declaredFps: undefined as never }],
    ['key frames 4 s apart', { keyFrames: { frames: 60, seconds: 4, atLeast: false } }],
    ['metadata beside the picture', { media: [{ kind: 'application', codec: 'VND.ONVIF.METADATA' }] }],
  ])('is not given for %s', (_name, change) => expect(advice(change)).toEqual([]));
});

it('every row says what was seen', () => {
  const camera = { ...GOOD_CAMERA, keyFrames: { frames: 74, seconds: 4.93, atLeast: true } };
  expect(Object.fromEntries(assess(camera).map(({ about, seen }) => [about, seen]))).toEqual({
    codec: 'H264 main 3.1',
    resolution: '1280x720',
    'frame rate': '15.0, says 15',
    bitrate: '2000 kbit/s',
    'key frames': 'more than 74 frames, 4.9 s apart',
    'frame order': 'as shown',
    'packet loss': '0.0 % by TCP',
    login: 'digest',
    offered: 'video H264',
  });
});
