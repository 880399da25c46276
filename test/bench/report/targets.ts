/** What was aimed at, and by how much it was met or missed. Pure. */
import {
  capacity,
  keptUp,
  of,
  overFloor,
  spent,
  type StreamsFindings,
  type SizeFindings,
} from '../lib/comparison.js';
import type { Name } from '../lib/field.js';
import {
  keptUpWithMany,
  keyFrameRatio,
  type KeyFrameFindings,
  type KeyFrameScene,
} from '../lib/key-frames.js';
import { median, ratios, showSpread, spread, type Spread } from '../lib/statistics.js';
import type { Table } from '../lib/table.js';

export interface Target {
  readonly what: string;
  readonly aim: string;
  readonly found: string;
  readonly met: boolean;
  /** How far off, where it was missed. */
  readonly missedBy?: string;
}

export function targetTable(targets: readonly Target[]): Table {
  return {
    head: ['What', 'Aim', 'Found', 'Met'],
    rows: targets.map(({ what, aim, found, met, missedBy }) => [
      what,
      aim,
      found,
      met ? 'yes' : `no, ${missedBy ?? 'see below'}`,
    ]),
  };
}

const OVER_FLOOR = 1.15;
const LATENCY_MS = 500;
const KEY_FRAMES = 3;
const CORE_PERCENT = 2;
const OBJECTS = 5;
const READY_BYTES = 1.3;
const STREAMS = 32;

function atMost(what: string, aim: number, found: Spread): Target {
  const met = found.median <= aim;
  const missedBy = `${(((found.median - aim) / aim) * 100).toFixed(0)} % over`;
  return { what, aim: `≤ ${aim}`, found: showSpread(found), met, ...(!met && { missedBy }) };
}

function atLeast(what: string, aim: number, found: Spread, sign = '≥'): Target {
  const met = sign === '>' ? found.median > aim : found.median >= aim;
  const missedBy = `${(((aim - found.median) / aim) * 100).toFixed(0)} % short`;
  return { what, aim: `${sign} ${aim}`, found: showSpread(found), met, ...(!met && { missedBy }) };
}

export function streamTargets(findings: StreamsFindings): Target[] {
  const size = findings.sizes.find(({ streams }) => streams === STREAMS);
  if (!size) return [];
  const over = overFloor(size, 'weir', findings.rate);
  return [
    ...(over ? [atMost(`CPU over the floor, ${STREAMS} streams`, OVER_FLOOR, over)] : []),
    ...lossless(size),
    ...rivals(findings).flatMap((name) => cheaper(findings, size, name)),
    ...rivals(findings).map((name) => carriesMore(findings, name)),
  ];
}

const rivals = ({ names }: StreamsFindings): Name[] =>
  names.filter((name) => name !== 'weir' && name !== 'decoding');

function lossless(size: SizeFindings): Target[] {
  const weir = of(size, 'weir');
  if (weir.length === 0) return [];
  const lost = weir.reduce((sum, { dropped }) => sum + dropped, 0);
  const known = weir.flatMap(({ latency }) => latency?.p99 ?? []);
  const worst = known.length === 0 ? Number.NaN : Math.max(...known);
  const late = !(worst <= LATENCY_MS);
  return [
    {
      ...{ what: `frames lost, ${size.streams} streams`, aim: '0', found: String(lost), met: lost === 0 },
      ...(lost > 0 && { missedBy: `${lost} lost` }),
    },
    {
      ...{ what: `latency p99, ${size.streams} streams`, aim: `≤ ${LATENCY_MS} ms`, met: !late },
      found: Number.isNaN(worst) ? 'unknown: frames were lost' : `${median(known)} ms, at worst ${worst}`,
      ...(late && { missedBy: Number.isNaN(worst) ? 'unknown' : `${worst - LATENCY_MS} ms late` }),
    },
  ];
}

/** At 32 streams where both were measured there, else at the most streams at which both kept up. */
function cheaper({ sizes, titles }: StreamsFindings, wanted: SizeFindings, name: Name): Target[] {
  const both = sizes.filter((each) => keptUp(of(each, name)) && keptUp(of(each, 'weir')));
  const there = of(wanted, name).length > 0 && of(wanted, 'weir').length > 0;
  const size = there ? wanted : both.at(-1);
  if (!size) return [];
  const note = keptUp(of(size, name)) ? '' : ', though it lost frames';
  const what = `CPU of “${titles[name]}” over Weir's, ${size.streams} streams${note}`;
  return [atLeast(what, 1, ratios(spent(size, name), spent(size, 'weir')), '>')];
}

function carriesMore(findings: StreamsFindings, name: Name): Target {
  const [mine, theirs] = [capacity(findings, 'weir'), capacity(findings, name)];
  return {
    what: `streams without a loss, against “${findings.titles[name]}”`,
    aim: 'more',
    found: `${mine} to ${theirs}`,
    met: mine > theirs,
    ...(mine <= theirs && { missedBy: mine === theirs ? 'as many' : `${theirs - mine} fewer` }),
  };
}

export function keyFrameTargets(findings: KeyFrameFindings): Target[] {
  return findings.scenes.flatMap((scene) => [
    ...(['opencv', 'ffmpeg'] as const).map((name) =>
      atLeast(
        `${scene.size} at ${scene.fps} fps, key frames: CPU of “${findings.titles[name]}” over Weir's`,
        KEY_FRAMES,
        keyFrameRatio(scene, name),
      ),
    ),
    keepsUp(scene),
  ]);
}

function keepsUp(scene: KeyFrameScene): Target {
  const what = `${scene.size} at ${scene.fps} fps, key frames: ${scene.many} streams, a detection a second each`;
  const met = keptUpWithMany(scene);
  const found = met ? 'all' : 'fewer';
  return { what, aim: 'all', found, met, ...(!met && { missedBy: 'it falls behind' }) };
}

export interface MetadataFindings {
  readonly figures: { readonly json: { readonly coreShare: Spread } };
  readonly ratios: { readonly objectsToJsonCore: Spread; readonly jsonToFloorJs: Spread };
}

export function metadataTargets({ figures, ratios }: MetadataFindings): Target[] {
  const percent = spread(figures.json.coreShare.all.map((share) => share * 100));
  return [
    atMost('metadata path, json: % of a core', CORE_PERCENT, percent),
    atLeast("metadata path: share of a core of JS objects over json's", OBJECTS, ratios.objectsToJsonCore),
    atMost('metadata path: JavaScript of json over ready bytes', READY_BYTES, ratios.jsonToFloorJs),
  ];
}

export function overheadTarget({ ratio, streams }: { ratio: Spread; streams: number }): Target {
  return atMost(`CPU over the floor, ${streams} streams with more detections`, OVER_FLOOR, ratio);
}
