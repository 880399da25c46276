/** A metric: its name, what it means, and how its series are read from a snapshot. */
import type {
  DeviceSnapshot,
  PipelineSnapshot,
  ProcessSnapshot,
  Snapshot,
  StreamSnapshot,
} from './snapshot.js';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** What it is called, where that is not the metric's name: of a histogram. */
  readonly name?: string;
}

export interface Definition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  read(snapshot: Snapshot): Iterable<Sample>;
}

/** One number, or one for each set of further labels; undefined: no series for now. */
export type Reading = number | undefined | readonly Sample[];

interface Words {
  readonly name: string;
  readonly type: Definition['type'];
  readonly help: string;
  /** Besides those of the stream or the pipeline. */
  readonly labels?: readonly string[];
}

export function perStream(words: Words, read: (stream: StreamSnapshot) => Reading): Definition {
  const { labels = [], ...rest } = words;
  return {
    ...rest,
    labels: ['pipeline', 'stream', ...labels],
    *read({ pipelines }) {
      for (const { pipeline, streams } of pipelines)
        for (const stream of streams) yield* samples({ pipeline, stream: stream.id }, read(stream));
    },
  };
}

export function perPipeline(words: Words, read: (pipeline: PipelineSnapshot) => Reading): Definition {
  const { labels = [], ...rest } = words;
  return {
    ...rest,
    labels: ['pipeline', ...labels],
    *read({ pipelines }) {
      for (const each of pipelines) yield* samples({ pipeline: each.pipeline }, read(each));
    },
  };
}

export function perProcess(words: Words, read: (process: ProcessSnapshot) => Reading): Definition {
  const { labels = [], ...rest } = words;
  return {
    ...rest,
    labels: ['pipeline', ...labels],
    *read({ processes }) {
      for (const each of processes) yield* samples({ pipeline: each.pipeline }, read(each));
    },
  };
}

export function perDevice(words: Words, read: (device: DeviceSnapshot) => Reading): Definition {
  const { labels = [], ...rest } = words;
  return {
    ...rest,
    labels,
    *read({ device }) {
      if (device) yield* samples({}, read(device));
    },
  };
}

/** 1 for the value that applies and 0 for the others, so that none of the series comes and goes. */
export function oneOf(
  label: string,
  values: readonly string[],
  applies: (value: string) => boolean,
): Sample[] {
  return values.map((value) => ({ labels: { [label]: value }, value: applies(value) ? 1 : 0 }));
}

/** A series for each of the values, 0 where nothing has been counted. */
export function countedBy(
  label: string,
  values: readonly string[],
  counts: Readonly<Record<string, number>>,
): Sample[] {
  return values.map((value) => ({ labels: { [label]: value }, value: counts[value] ?? 0 }));
}

function* samples(owner: Sample['labels'], reading: Reading): Iterable<Sample> {
  if (typeof reading === 'number') yield { labels: owner, value: reading };
  else for (const sample of reading ?? []) yield { ...sample, labels: { ...owner, ...sample.labels } };
}
