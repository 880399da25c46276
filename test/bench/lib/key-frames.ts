/** What the comparison with key frames alone comes to. Pure. */
import type { Name, Outcome, Rounds } from './field.js';
import { ratios, showSpread, spread, type Spread } from './statistics.js';
import type { Table } from './table.js';

export interface KeyFrameScene extends Rounds {
  readonly size: string;
  readonly fps: number;
  readonly many: number;
  readonly few: number;
}

export interface KeyFrameFindings {
  readonly rounds: number;
  readonly seconds: number;
  readonly model: string;
  readonly rivals: readonly Name[];
  readonly titles: Readonly<Record<Name, string>>;
  readonly scenes: readonly KeyFrameScene[];
}

const pick = ({ outcomes }: KeyFrameScene, name: Name, streams: number): readonly Outcome[] =>
  outcomes.filter((outcome) => outcome.name === name && outcome.streams === streams);

const perSecond = (outcomes: readonly Outcome[]): number[] =>
  outcomes.map(({ perStreamSecond }) => perStreamSecond);

/** What it needs for a stream, with as many as it can carry, over what the appliance needs with many. */
export const keyFrameRatio = (scene: KeyFrameScene, name: Name): Spread =>
  ratios(perSecond(pick(scene, name, scene.few)), perSecond(pick(scene, 'weir', scene.many)));

/** Whether the appliance did what was asked of it with many: what costs little because it was not done does not count. */
export const keptUpWithMany = (scene: KeyFrameScene): boolean =>
  pick(scene, 'weir', scene.many).every(({ sustained }) => sustained);

export function keyFrameTables(findings: KeyFrameFindings): Table[] {
  return findings.scenes.map((scene) => keyFrameTable(findings, scene));
}

function keyFrameTable({ rivals, titles }: KeyFrameFindings, scene: KeyFrameScene): Table {
  const { size, fps, many, few, inference } = scene;
  const weir = perSecond(pick(scene, 'weir', many));
  const floor = perSecond(pick(scene, 'decoding', many)).map(
    (each, i) => each + (inference[i] ?? Number.NaN),
  );
  const row = (
    title: string,
    streams: number,
    spent: readonly number[],
    outcomes: readonly Outcome[],
  ): string[] => [
    title,
    String(streams),
    showSpread(spread(spent.map((each) => each * 1000)), 1),
    showSpread(ratios(spent, weir)),
    outcomes.every(({ sustained }) => sustained) ? 'yes' : 'no',
  ];
  const measured = (name: Name, streams: number): string[] => {
    const outcomes = pick(scene, name, streams);
    return row(titles[name], streams, perSecond(outcomes), outcomes);
  };
  return {
    title: `${size} at ${fps} fps, a detection a second each`,
    head: ['', 'streams', 'ms of CPU per stream and second', 'ratio to Weir', 'keeps up'],
    rows: [
      measured('weir', many),
      measured('weir', few),
      row('floor', many, floor, pick(scene, 'decoding', many)),
      ...rivals.map((name) => measured(name, few)),
    ],
  };
}
