import { expect, it } from 'vitest';
import { choose } from '../../src/onvif/choose.js';
import type { ProfileReport } from '../../src/onvif/report.js';

function profile(words: string): ProfileReport {
  const [token = '', codec = '', size = '', uri] = words.split(' ');
  const [width = 0, height = 0] = size.split('x').map(Number);
  return {
    token,
    name: token,
    codec,
    width,
    height,
    ...(uri !== 'gone' && { uri: `rtsp://192.0.2.10/${token}` }),
  };
}

it.each<readonly [string, readonly string[], string | undefined, string | undefined]>([
  ['the largest sub-stream that fits', ['m H264 3840x2160', 's H264 1280x720', 't H264 640x360'], 's', 'm'],
  ['H.264 before H.265 of one size', ['a H265 640x360', 'b H264 640x360'], 'b', 'b'],
  ['the smallest where none fits', ['m H265 3840x2160', 's H264 1920x1080'], 's', 'm'],
  ['one stream for all', ['m H264 1920x1080'], 'm', 'm'],
  ['no stream without address', ['m H264 1920x1080', 's H264 640x360 gone'], 'm', 'm'],
  ['no other codec', ['j JPEG 640x360', 'm MPEG4 640x480', 'h H265 1920x1080'], 'h', 'h'],
  ['nothing of nothing', ['j JPEG 640x360'], undefined, undefined],
])('takes %s', (_what, profiles, analyse, main) => {
  const choice = choose(profiles.map(profile));
  expect([choice.analyse, choice.main]).toEqual([analyse, main]);
});
