/**
 * Key frames alone: the appliance with many large streams, against what decodes all frames for the same detections,
 * and against ffmpeg told to do the same. Key frames are a second apart, and each is looked at.
 * Usage: scripts/bench keyframes [--rounds 2] [--seconds 6] [--model nanodet-320x256] [--json]
 */
import { inferenceSeconds } from './contestants/floor.js';
import { type Name, type Outcome, TITLES, tryOut } from './lib/field.js';
import { benchFootage } from './lib/footage.js';
import { type KeyFrameFindings, keyFrameTables, type KeyFrameScene } from './lib/key-frames.js';
import { benchOptions } from './lib/options.js';
import { conclude } from './lib/results.js';
import { inTurns } from './lib/rounds.js';
import { benchModel } from './lib/scene.js';

/** `many`: what the appliance is asked to carry; `few`: what alternatives that decode everything can carry too. */
const SCENES = [
  { size: '720p', many: 32, few: 8 },
  { size: '1080p', many: 16, few: 3 },
] as const;
const RIVALS: readonly Name[] = ['opencv', 'ffmpeg', 'ffmpeg-keys'];

const { values, json } = benchOptions({ rounds: 2, seconds: 6, model: 'nanodet-320x256' });
const { rounds, seconds } = values;
const model = benchModel(values.model);

async function compare({ size, many, few }: (typeof SCENES)[number]): Promise<KeyFrameScene> {
  const footage = await benchFootage(size);
  const attempt = (name: Name, streams: number, keyFrames: boolean) => {
    const scene = { streams, footage, model, rate: 1, ...(keyFrames && { keyFrames }) };
    // Of key frames alone few come in a second.
    const window = { seconds, flowing: keyFrames ? 1 : 5 };
    return { name: `${name} ${streams}`, measure: () => tryOut(name, scene, window) };
  };
  const samples = await inTurns<Outcome>(
    [
      attempt('weir', many, true),
      attempt('decoding', many, true),
      attempt('weir', few, true),
      ...RIVALS.map((name) => attempt(name, few, false)),
    ],
    {
      rounds,
      progress: (line, { perStreamSecond, sustained }) =>
        console.error(
          `${size}, ${line}: ${(perStreamSecond * 1000).toFixed(1)} ms of CPU per stream and second${sustained ? '' : ', falls behind'}`,
        ),
    },
  );
  const inference: number[] = [];
  for (let round = 0; round < rounds; round++) inference.push(await inferenceSeconds(model, 40));
  return { size, fps: footage.fps, many, few, inference, outcomes: [...samples.values()].flat() };
}

const scenes: KeyFrameScene[] = [];
for (const each of SCENES) scenes.push(await compare(each));
const findings: KeyFrameFindings = { ...values, rivals: RIVALS, titles: TITLES, scenes };
conclude('keyframes', findings, keyFrameTables(findings), json);
