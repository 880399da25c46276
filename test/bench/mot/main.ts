/**
 * Tracking quality: IOU against NvSORT, on synthetic crowds with exact truth and on the filmed pedestrians.
 * Usage: npx tsx test/bench/mot/main.ts [--seeds 5] [--frames 900] [--no-film] [--json]
 */
import { parseArgs } from 'node:util';
import { CROWD, detect, planCrowd } from './crowd.js';
import { filmDetections, judgeFilm } from './film.js';
import { replay } from './replay.js';
import { type Score, score } from './score.js';
import { SETTINGS } from './settings.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    frames: { type: 'string', default: '900' },
    people: { type: 'string', default: '12' },
    film: { type: 'boolean', default: true },
    json: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

const PACES = { strolling: [0.1, 0.4], walking: [0.6, 1.2] } as const;
const RATES = [1, 5, 15];

interface Row {
  readonly crowd: string;
  readonly tracker: string;
  readonly every: number;
  readonly judged: 'all frames' | 'inferred frames';
  readonly scores: readonly Score[];
}

const rate = (every: number): string => (every === 1 ? 'every frame' : `1 frame in ${every}`);
const mean = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0) / of.length;

/** Every tracker on the same films, each at every rate. */
async function crowd(name: string, pace: readonly [number, number]): Promise<Row[]> {
  const films = Array.from({ length: Number(values.seeds) }, (_, i) => {
    const truth = planCrowd({
      seed: i + 1,
      frames: Number(values.frames),
      people: Number(values.people),
      pace,
    });
    return { truth, detections: detect(truth, i + 1001) };
  });
  const rows: Row[] = [];
  for (const every of RATES) {
    for (const setting of SETTINGS) {
      const due = <T>(frames: readonly T[]): T[] => frames.filter((_, n) => n % every === 0);
      const runs = await Promise.all(
        films.map(async ({ truth, detections }) => ({
          truth,
          tracks: await replay(detections, setting.config, every),
        })),
      );
      const row = { crowd: name, tracker: setting.name, every };
      const all = runs.map(({ truth, tracks }) => score(truth, tracks));
      rows.push({ ...row, judged: 'all frames', scores: all });
      if (every === 1) continue;
      const inferred = runs.map(({ truth, tracks }) => score(due(truth), due(tracks)));
      rows.push({ ...row, judged: 'inferred frames', scores: inferred });
    }
  }
  return rows;
}

function table(rows: readonly Row[]): string {
  const head =
    '| crowd | tracker | detection | judged on | MOTA | MOTP | IDF1 | misses | false positives | switches | fragments |';
  const lines = rows.map(({ crowd, tracker, every, judged, scores }) => {
    const of = (pick: (score: Score) => number): number => mean(scores.map(pick));
    const share = (pick: (score: Score) => number): string =>
      `${((100 * of(pick)) / of((s) => s.objects)).toFixed(1)} %`;
    const cells = [
      ...[crowd, tracker, rate(every), judged],
      ...[
        of((s) => s.mota).toFixed(3),
        (of((s) => s.matches && s.motp * s.matches) / of((s) => s.matches)).toFixed(3),
        of((s) => s.idf1).toFixed(3),
      ],
      ...[share((s) => s.misses), share((s) => s.falsePositives)],
      ...[of((s) => s.switches).toFixed(1), of((s) => s.fragments).toFixed(1)],
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [head, '|---|---|---|---|---|---|---|---|---|---|---|', ...lines].join('\n');
}

async function film(): Promise<string> {
  const detections = await filmDetections();
  if (!detections) return 'No film: scripts/setup fetches it.';
  const lines = [
    '| tracker | detection | tracks | shorter than 1 s | median life | labelled people with a track |',
    '|---|---|---|---|---|---|',
  ];
  for (const every of RATES) {
    for (const { name, config } of SETTINGS) {
      const result = judgeFilm(await replay(detections, config, every));
      const cells = [
        ...[name, rate(every), result.tracks, result.short, `${result.medianSeconds.toFixed(1)} s`],
        `${result.covered} of ${result.people}`,
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
  return [`Film: ${detections.length} frames at 10 fps, people found by nanodet-320x256.`, '', ...lines].join(
    '\n',
  );
}

const rows: Row[] = [];
for (const [name, pace] of Object.entries(PACES)) rows.push(...(await crowd(name, pace)));
if (values.json) console.log(JSON.stringify(rows, null, 2));
else {
  console.log(
    `Crowds: ${values.seeds} films of ${values.frames} frames, ${values.people} people in ${CROWD.width}x${CROWD.height} at ${CROWD.fps} fps.\n`,
  );
  console.log(table(rows));
  if (values.film) console.log(`\n${await film()}`);
}
