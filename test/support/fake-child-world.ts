/** A supervisor whose workers and disk are in memory; its spec file is a real one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DesiredState } from '../../src/supervisor/desired-state.js';
import { LogHub } from '../../src/supervisor/log-hub.js';
import { OperationsLog } from '../../src/supervisor/operations-log.js';
import { Pipelines } from '../../src/supervisor/pipelines.js';
import { SpecSource } from '../../src/supervisor/spec-source.js';
import type { SavedState } from '../../src/supervisor/state/saved-state.js';
import { Supervisor } from '../../src/supervisor/supervisor.js';
import type { Actor } from '../../src/supervisor/views.js';
import type { StreamJson } from '../../src/supervisor/worker-streams.js';
import { FakeChildren } from './fake-child.js';
import { reached, smallPipeline, writeSmallModel } from './fake-child-keeper.js';
import { FaultyFiles, type Image } from './faulty-files.js';
import { assemble } from './owned.js';
import { found, openStore } from './saved-states.js';
import { tempDir } from './temp.js';

export const OPERATOR: Actor = { door: 'socket', name: 'uid 1000' };

/** By pipeline: its streams, and keys on top of the usual ones. */
export type Layout = Readonly<
  Record<string, { readonly streams: readonly StreamJson[]; readonly slots?: number }>
>;

export interface WorldOptions {
  /** Keys of the appliance. */
  readonly appliance?: object;
  readonly disk?: Image;
  /** Default: everything plays. */
  readonly arrival?: FakeChildren['arrival'];
}

export interface World extends AsyncDisposable {
  readonly supervisor: Supervisor;
  readonly state: DesiredState;
  readonly pipelines: Pipelines;
  readonly children: FakeChildren;
  readonly disk: FaultyFiles;
  readonly hub: LogHub;
  readonly notices: string[];
  /** Streams of which something was heard, in order. */
  readonly heard: string[];
  /** After pipelines were removed: those that are left, as `lab yard`. */
  readonly left: string[];
  readonly dir: string;
  /** A whole spec. */
  spec(layout: Layout, more?: object): StreamJson;
  writeSpec(layout: Layout, more?: object): void;
  /** What a process would find on the disk. */
  saved(): Promise<SavedState>;
  /** What the workers run, as `yard: a b`; of pipelines that are down, nothing. */
  running(): string[];
  /** Resolves when the workers run this. */
  runs(...expected: string[]): Promise<void>;
}

export function startWorld(layout: Layout, options: WorldOptions = {}): Promise<World> {
  return assemble(async (own) => {
    const { path: dir } = own(await tempDir());
    writeSmallModel(dir);
    const file = join(dir, 'weir.yaml');
    const spec: World['spec'] = (pipelines, more = options.appliance ?? {}) => ({
      ...{ appliance: 'test', modelDir: dir },
      ...more,
      pipelines: Object.entries(pipelines).map(([id, { streams, ...own }]) =>
        smallPipeline(id, streams, own),
      ),
    });
    const writeSpec: World['writeSpec'] = (...args) => writeFileSync(file, JSON.stringify(spec(...args)));
    writeSpec(layout);
    const disk = new FaultyFiles(options.disk);
    const store = own(await openStore(disk));
    const children = new FakeChildren();
    const [notices, heard, left] = [[] as string[], [] as string[], [] as string[]];
    if (options.arrival) children.arrival = options.arrival;
    const state = DesiredState.open(new SpecSource(file, {}), store, (note) => notices.push(note));
    const hub = new LogHub(() => undefined, false);
    const operations = await OperationsLog.open({
      file: join(dir, 'operations.jsonl'),
      onTrouble: () => undefined,
    });
    own({ [Symbol.asyncDispose]: () => operations.close() });
    const onStream = (id: string): void => {
      heard.push(id);
      supervisor.heard(id);
    };
    const pipelines: Pipelines = new Pipelines({
      ...{
        desired: state.desired,
        workersFile: join(dir, 'workers.json'),
        eventsDir: join(dir, 'events'),
        logLevel: 'info',
        hideMemory: false,
      },
      env: { XDG_RUNTIME_DIR: dir },
      quarantined: () => new Set(Object.keys(state.quarantine)),
      onLog: (line, pipeline) => hub.add(line, pipeline),
      onNotice: (pipeline, message) => notices.push(`${pipeline}: ${message}`),
      onStream,
      onGuilty: (id) => supervisor.quarantine(id),
      onDropped: async (pipelines) => void left.push([...pipelines].join(' ')),
      startChild: children.start,
    });
    own({ [Symbol.asyncDispose]: () => pipelines.stop() });
    const supervisor = new Supervisor({
      version: '1.2.3',
      state,
      pipelines,
      logs: hub,
      operations,
      onStream,
    });
    await pipelines.start();
    const running = () =>
      [...pipelines].map(({ id }) => {
        const child = children.of(id);
        return [`${id}:`, ...(child.over ? [] : child.streams)].join(' ');
      });
    return {
      ...{
        supervisor,
        state,
        pipelines,
        children,
        disk,
        hub,
        notices,
        heard,
        left,
        dir,
        spec,
        writeSpec,
        running,
      },
      saved: () => found(disk.image),
      runs: (...expected) =>
        reached(`the workers run ${expected.join('; ')}`, () => running().join() === expected.join()),
    };
  });
}
