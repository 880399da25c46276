/**
 * Tracking quality: IOU against NvSORT, on synthetic crowds with exact truth and on the filmed pedestrians.
 * Usage: scripts/bench tracking [--seeds 5] [--frames 900] [--people 12] [--no-film] [--markdown | --json]
 */
import { parseArgs } from 'node:util';
import { conclude } from '../lib/results.js';
import { markdownTable, type Table } from '../lib/table.js';
import { CROWD, detect, planCrowd } from './crowd.js';
import { FILM, filmDetections, type FilmResult, judgeFilm } from './film.js';
import { replay } from './replay.js';
import { type Score, score } from './score.js';
import { SETTINGS } from './settings.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    frames: { type: 'string', default: '900' },
    people: { type: 'string', default: '12' },
    film: { type: 'boolean', default: true },
    markdown: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  allowNegative: true,
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);

/** In heights of a person per second. */
const PACES = { strolling: [0.1, 0.4], walking: [0.6, 1.2] } as const;
/** One frame in so many is inferred. */
const RATES = [1, 5, 15];

interface CrowdRow {
  readonly crowd: string;
  readonly tracker: string;
  readonly every: number;
  readonly judged: 'all frames' | 'inferred frames';
  /** One for each seed. */
  readonly scores: readonly Score[];
}

interface FilmRow {
  readonly tracker: string;
  readonly every: number;
  readonly result: FilmResult;
}

/** Every tracker on the same films, at every rate. */
async function crowd(name: string, pace: readonly [number, number]): Promise<CrowdRow[]> {
  const films = seeds.map((seed) => {
    const truth = planCrowd({ seed, frames: Number(values.frames), people: Number(values.people), pace });
    return { truth, detections: detect(truth, seed + 1000) };
  });
  const rows: CrowdRow[] = [];
  for (const every of RATES) {
    for (const { name: tracker, config } of SETTINGS) {
      const due = <T>(frames: readonly T[]): T[] => frames.filter((_, n) => n % every === 0);
      const all: Score[] = [];
      const inferred: Score[] = [];
      for (const { truth, detections } of films) {
        const tracks = await replay(detections, config, every);
        all.push(score(truth, tracks));
        inferred.push(score(due(truth), due(tracks)));
      }
      rows.push({ crowd: name, tracker, every, judged: 'all frames', scores: all });
      if (every > 1) rows.push({ crowd: name, tracker, every, judged: 'inferred frames', scores: inferred });
    }
  }
  return rows;
}

async function film(): Promise<FilmRow[]> {
  const detections = values.film ? await filmDetections() : undefined;
  if (!detections) return [];
  const rows: FilmRow[] = [];
  for (const every of RATES) {
    for (const { name, config } of SETTINGS) {
      rows.push({ tracker: name, every, result: judgeFilm(await replay(detections, config, every)) });
    }
  }
  return rows;
}

const rate = (every: number): string => (every === 1 ? 'every frame' : `1 in ${every}`);

function crowdTable(name: string, rows: readonly CrowdRow[]): Table {
  const cells = ({ tracker, every, judged, scores }: CrowdRow): string[] => {
    const mean = (pick: (score: Score) => number): number =>
      scores.reduce((sum, each) => sum + pick(each), 0) / scores.length;
    const share = (pick: (score: Score) => number): string =>
      `${((100 * mean(pick)) / mean((s) => s.objects)).toFixed(1)} %`;
    const matched = mean((s) => s.matches);
    const placed = mean((s) => (s.matches === 0 ? 0 : s.motp * s.matches)) / matched;
    return [
      ...[tracker, rate(every), judged],
      ...[mean((s) => s.mota).toFixed(2), matched === 0 ? '-' : placed.toFixed(2)],
      ...[mean((s) => s.idf1).toFixed(2), share((s) => s.misses), share((s) => s.falsePositives)],
      ...[mean((s) => s.switches).toFixed(1), mean((s) => s.fragments).toFixed(1)],
    ];
  };
  const { width, height, fps } = CROWD;
  return {
    title: `A crowd, ${name}: ${values.people} people in ${width}x${height} at ${fps} fps, means of ${seeds.length} films of ${values.frames} frames`,
    head: [
      ...['tracker', 'detection', 'judged on', 'MOTA', 'MOTP', 'IDF1'],
      ...['misses', 'false positives', 'switches', 'fragments'],
    ],
    rows: rows.filter((row) => row.crowd === name).map(cells),
  };
}

function filmTable(rows: readonly FilmRow[]): Table {
  return {
    title: `Filmed pedestrians at ${FILM.fps} fps, found by nanodet-320x256`,
    head: ['tracker', 'detection', 'tracks', 'under 1 s', 'median life', 'labelled people on a track'],
    rows: rows.map(({ tracker, every, result }) => [
      ...[tracker, rate(every), String(result.tracks), String(result.short)],
      ...[`${result.medianSeconds.toFixed(1)} s`, `${result.covered} of ${result.people}`],
    ]),
  };
}

const crowds: CrowdRow[] = [];
for (const [name, pace] of Object.entries(PACES)) crowds.push(...(await crowd(name, pace)));
const filmed = await film();
const tables = Object.keys(PACES).map((name) => crowdTable(name, crowds));
if (filmed.length > 0) tables.push(filmTable(filmed));
if (values.markdown) {
  console.log(tables.map((table) => `${table.title}:\n\n${markdownTable(table)}`).join('\n\n'));
} else {
  conclude('tracking', { crowds, film: filmed }, tables, values.json);
}
