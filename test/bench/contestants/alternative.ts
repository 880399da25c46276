/** What a user would write instead, each a program of test/bench/alternatives that tells what it did when asked. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Camsim } from '../../support/camsim.js';
import { buildDir, root } from '../../support/paths.js';
import { Running } from '../../support/process.js';
import { fitted } from '../alternatives/detector.js';
import type { Report } from '../alternatives/program.js';
import type { Arrival, Runner, StreamCounts } from '../lib/contestant.js';
import type { BenchScene } from '../lib/scene.js';

export const ALTERNATIVES = {
  opencv: 'OpenCV, a thread per camera',
  ffmpeg: 'ffmpeg per camera into Node',
  'ffmpeg-thinned': 'the same, thinned by ffmpeg',
  'ffmpeg-keys': 'the same, key frames by ffmpeg',
  appsink: 'GStreamer appsink in Node',
} as const;
export type Alternative = keyof typeof ALTERNATIVES;

const node = (name: string): string[] => [
  process.execPath,
  ...['--import', 'tsx', join(root, `test/bench/alternatives/${name}.ts`)],
];
const COMMANDS: Readonly<Record<Alternative, () => string[]>> = {
  opencv: () => [built('bin/bench_opencv')],
  ffmpeg: () => node('ffmpeg'),
  'ffmpeg-thinned': () => node('ffmpeg'),
  'ffmpeg-keys': () => node('ffmpeg'),
  appsink: () => {
    built('bench_appsink.node');
    return node('appsink');
  },
};

const THINNED: Partial<Readonly<Record<Alternative, 'decoded' | 'keys'>>> = {
  'ffmpeg-thinned': 'decoded',
  'ffmpeg-keys': 'keys',
};

/** OpenCV opens one camera after the other; by default it watches each for 20 frames first. */
const OPENCV = { OPENCV_FFMPEG_CAPTURE_OPTIONS: 'rtsp_transport;tcp|fpsprobesize;0' };

function built(name: string): string {
  const path = join(buildDir, name);
  if (existsSync(path)) return path;
  throw new Error(`${path} is missing; run this as scripts/bench <name>, which builds it`);
}

export function startAlternative(name: Alternative, scene: BenchScene, cameras: Camsim): Runner {
  const [command = '', ...args] = COMMANDS[name]();
  const child = new Running(command, args, { cwd: root, env: OPENCV });
  const ids = Object.keys(cameras.uris);
  const { model, rate, footage } = scene;
  const thinned = THINNED[name];
  const picture = fitted(footage, model);
  const config = { cameras: Object.values(cameras.uris), picture, fps: footage.fps, model, rate, thinned };
  child.write(`${JSON.stringify(config)}\n`);
  const arrivals: Arrival[] = [];
  return {
    pids: [child.pid],
    numbersAll: name !== 'appsink',
    counts: async () => {
      const from = child.lines.length;
      child.write('report\n');
      const answer = await child.line((line) => line.startsWith('{'), { from, timeoutMs: 60_000 });
      const report = JSON.parse(answer) as Report;
      for (const [camera, frame, at] of report.arrivals) {
        // Thinned frames cannot be told by counting.
        if (!thinned) arrivals.push({ stream: ids[camera] ?? '', frame, inferred: true, at });
      }
      return report.streams.map((counts, i) =>
        countsOf(ids[i] ?? '', counts, thinned ? footage.fps / rate : 1),
      );
    },
    arrivals: () => arrivals,
    [Symbol.asyncDispose]: () => child.stop(),
  };
}

/** `each`: frames of the camera for one that is counted. */
function countsOf(id: string, counts: Report['streams'][number], each: number): StreamCounts {
  const [frames, dropped, inferred, objects] = counts;
  return { id, frames: Math.round(frames * each), dropped, inferred, objects };
}
