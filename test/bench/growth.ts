/**
 * How cost grows with the objects in a picture: a detector that finds so many in every frame at next to no cost, and
 * all that comes behind it: clustering, tracking, messages, publishing.
 * Usage: scripts/bench growth [--objects 1,10,30,100] [--streams 8] [--rounds 2] [--seconds 6] [--json]
 */
import { tempDir } from '../support/temp.js';
import { type Outcome, tryOut } from './lib/field.js';
import { benchFootage } from './lib/footage.js';
import { type GrowthFindings, growthTable } from './lib/growth.js';
import { benchOptions } from './lib/options.js';
import { conclude } from './lib/results.js';
import { inTurns } from './lib/rounds.js';
import { objectsModel } from './models/objects.js';

const { values, json } = benchOptions({
  objects: [1, 10, 30, 100],
  ...{ streams: 8, rounds: 2, seconds: 6 },
});
const { streams, rounds, seconds } = values;
const footage = await benchFootage('360p');
await using dir = await tempDir();

const samples = await inTurns<Outcome>(
  values.objects.map((count) => ({
    name: `${count} objects`,
    measure: async () => {
      const scene = { streams, footage, model: await objectsModel(dir.path, count), rate: footage.fps };
      return tryOut('weir', scene, { seconds });
    },
  })),
  {
    rounds,
    progress: (line, { cpuSeconds, frames }) =>
      console.error(`${line}: ${((cpuSeconds / frames) * 1000).toFixed(2)} ms of CPU per frame`),
  },
);
const findings: GrowthFindings = {
  ...{ streams, rounds, seconds, fps: footage.fps },
  sizes: values.objects.map((objects) => ({ objects, outcomes: samples.get(`${objects} objects`) ?? [] })),
};
conclude('growth', findings, [growthTable(findings)], json);
