/** A keeper of one pipeline with workers in memory. The clock is the test's; files are real, and take real turns. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { vi } from 'vitest';
import type { ApplianceSpec, PipelineSpec } from '../../src/spec/types.js';
import { LastWords } from '../../src/supervisor/last-words.js';
import { type KeeperOptions, PipelineKeeper } from '../../src/supervisor/pipeline-keeper.js';
import { TurnDesk } from '../../src/supervisor/turns.js';
import type { StreamJson } from '../../src/supervisor/worker-streams.js';
import { FakeChildren } from './fake-child.js';
import { assemble } from './owned.js';
import { root } from './paths.js';
import { readSpec } from './spec.js';
import { tempDir } from './temp.js';

/** All but what the event loop itself turns on. */
export function holdClock(): void {
  const toFake = [
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
    'Date',
    'performance',
  ] as const;
  vi.useFakeTimers({ toFake: [...toFake] });
}

/** Turns of the event loop until it is so: no time passes, but files are read and written. */
export async function reached(what: string, probe: () => boolean): Promise<void> {
  const deadline = process.hrtime.bigint() + 20_000_000_000n;
  while (!probe()) {
    if (process.hrtime.bigint() > deadline) throw new Error(`waited in vain until ${what}`);
    await setImmediate();
  }
}

/** What was due without time passing has happened. */
export async function quiet(turns = 10): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}

export const cameraJson = (id: string, more: object = {}): StreamJson => ({
  ...{ id, uri: `rtsp://192.0.2.1/${id}` },
  ...more,
});

/** A pipeline whose model is a file without content: it is verified in no time. */
export function smallPipeline(id: string, streams: readonly StreamJson[], more: object = {}): object {
  const model = join(root, 'test/unit/models/tiny.yaml');
  return { id, slots: 4, detector: { model }, streams, ...more };
}

/** Where `smallPipeline` finds its weights. */
export function writeSmallModel(dir: string): void {
  writeFileSync(join(dir, 'tiny.onnx'), '');
}

export interface Kept extends AsyncDisposable {
  readonly keeper: PipelineKeeper;
  readonly children: FakeChildren;
  readonly turns: TurnDesk;
  readonly notices: string[];
  readonly guilty: string[];
  readonly quarantined: Set<string>;
  /** Each the keeper entered. */
  readonly states: string[];
  readonly lastWords: LastWords;
  readonly dir: string;
  /** Only the streams change, or what is given of the pipeline too. Nobody is told. */
  want(streams: readonly StreamJson[], more?: object): void;
  /** Resolves when it is in this state. */
  state(wanted: string): Promise<void>;
}

/** Nothing has happened yet when it returns: `children.arrival` may be changed. */
export function keep(
  streams: readonly StreamJson[],
  more: object = {},
  options: Partial<KeeperOptions> = {},
): Promise<Kept> {
  return assemble(async (own) => {
    const { path: dir } = own(await tempDir());
    writeSmallModel(dir);
    const children = new FakeChildren();
    const [notices, guilty, states] = [[] as string[], [] as string[], [] as string[]];
    const quarantined = new Set<string>();
    const wish = (wanted: readonly StreamJson[], of: object) => {
      const described = { appliance: 'test', modelDir: dir, pipelines: [smallPipeline('yard', wanted, of)] };
      const appliance: ApplianceSpec = readSpec(JSON.stringify(described));
      const pipeline = appliance.pipelines[0] as PipelineSpec;
      return { appliance, pipeline, streams: new Map(wanted.map((each) => [String(each.id), each])) };
    };
    const [turns, lastWords] = [new TurnDesk(), new LastWords(join(dir, 'crumb'))];
    const keeper: PipelineKeeper = new PipelineKeeper({
      ...{ wish: wish(streams, more), turns, dir, lastWords, startChild: children.start },
      start: { logLevel: 'info', hideMemory: true, spool: join(dir, 'events') },
      log: (message) => notices.push(message),
      quarantined: () => quarantined,
      elsewhere: () => false,
      ...{ onLeft: () => undefined, onLog: () => undefined },
      onStream: () => undefined,
      // The first state is entered before there is a keeper to ask.
      onState: () => states.push(states.length === 0 ? 'starting' : keeper.state),
      onGuilty: async (stream) => {
        guilty.push(stream);
        quarantined.add(stream);
      },
      onPid: () => undefined,
      ...options,
    });
    own({ [Symbol.asyncDispose]: () => keeper.stop() });
    return {
      ...{ keeper, children, turns, notices, guilty, quarantined, states, lastWords, dir },
      want: (wanted, of = more) => keeper.want(wish(wanted, of)),
      state: (wanted) => reached(`the pipeline is ${wanted}`, () => keeper.state === wanted),
    };
  });
}
