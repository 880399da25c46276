/** The way from one spec to another: by examples, and by going it on a model. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameConnection } from '../../src/spec/stream.js';
import type { ApplianceSpec, PipelineSpec, StreamSpec } from '../../src/spec/types.js';
import { formatPlan } from '../../src/supervisor/plan/format-plan.js';
import { planSteps } from '../../src/supervisor/plan/plan.js';
import type { PlanStep } from '../../src/supervisor/views.js';
import { readSpec } from '../support/spec.js';

type Fields = Readonly<Record<string, unknown>>;

const stream = (id: string, more: Fields = {}) => ({ id, uri: `rtsp://192.0.2.1/${id}`, ...more });
const pipeline = (id: string, streams: readonly object[], more: Fields = {}) => ({
  ...{ id, slots: 8, mux: { batchTimeoutMs: 40 }, detector: { model: 'synthetic' }, streams },
  ...more,
});
const spec = (pipelines: readonly object[], more: Fields = {}): ApplianceSpec =>
  readSpec(JSON.stringify({ appliance: 'gate', ...more, pipelines }));

const three = [stream('front'), stream('yard'), stream('door')];
const plain = spec([pipeline('main', three)]);
const plan = (before: ApplianceSpec, after: ApplianceSpec) => formatPlan(planSteps(before, after));

describe('a plan', () => {
  it('of nothing has no steps', () => {
    expect(planSteps(plain, spec([pipeline('main', [...three].reverse())]))).toEqual([]);
    expect(plan(plain, plain)).toEqual(['nothing to do']);
  });

  it('names what comes, goes and changes, in the order it happens', () => {
    const after = spec([
      pipeline('main', [
        stream('front', { fps: 5, frozenRestart: true }),
        stream('yard', { uri: { analyse: 'rtsp://192.0.2.2/yard' }, transport: 'udp' }),
        stream('yard-2'),
      ]),
    ]);
    expect(plan(plain, after)).toEqual([
      '- door (main)',
      '~ front (main): fps, frozenRestart',
      '~ yard (main) connects anew: uri.analyse, transport',
      '+ yard-2 (main)',
    ]);
    expect(planSteps(plain, after).map(({ disturbs }) => disturbs)).toEqual([[], [], ['yard'], []]);
  });

  it('moves a stream by taking it out first', () => {
    const before = spec([pipeline('main', three), pipeline('side', [stream('roof')])]);
    const after = spec([
      pipeline('side', [stream('roof'), stream('front')]),
      pipeline('main', three.slice(1)),
    ]);
    expect(plan(before, after)).toEqual(['- front (main): moves', '+ front (side)']);
    expect(planSteps(before, after)[0]?.disturbs).toEqual(['front']);
  });

  it('starts and stops pipelines around their streams', () => {
    const after = spec([pipeline('side', [stream('front'), stream('roof')])]);
    expect(plan(plain, after)).toEqual([
      '- front (main): moves',
      '- yard (main)',
      '- door (main)',
      '! main stops',
      '! side starts',
      '+ front (side)',
      '+ roof (side)',
    ]);
  });

  it('restarts a pipeline for what its process takes at its start alone', () => {
    const after = spec([
      pipeline('main', three.slice(1), {
        slots: 16,
        detector: { model: 'synthetic', threshold: 0.7, classes: ['red'] },
        tracker: { classes: ['red'] },
      }),
    ]);
    expect(plan(plain, after)).toEqual([
      '- front (main)',
      '! main restarts (slots, detector.batch, detector.classes, detector.threshold, tracker.classes): disturbs 2 streams',
    ]);
  });

  it('changes a memory limit while the pipeline plays', () => {
    const after = spec([pipeline('main', three, { memoryLimitMb: 512 })]);
    expect(planSteps(plain, after)).toEqual([
      { action: 'update', pipeline: 'main', keys: ['memoryLimitMb'], disturbs: [] },
    ]);
    expect(plan(plain, after)).toEqual(['~ main: memoryLimitMb']);
  });

  it('restarts all pipelines for what they share', () => {
    const pipelines = [pipeline('main', three), pipeline('side', [])];
    const shared = {
      ...{ cameraNetworks: ['192.0.2.0/24'], mediaRoot: '/media', modelDir: '/weights' },
    };
    const keys = 'cameraNetworks, mediaRoot, modelDir';
    expect(plan(spec(pipelines), spec(pipelines, shared))).toEqual([
      `! main restarts (${keys}): disturbs 3 streams`,
      `! side restarts (${keys})`,
    ]);
  });

  it('leaves to a new process of the appliance what this one cannot take', () => {
    const more = {
      ...{ appliance: 'other', metrics: {}, stateDir: '/state' },
      nats: { url: 'nats://192.0.2.9:4222', user: '${env:U}', password: '${env:P}' },
      control: { listen: '0.0.0.0:8443', tokens: [{ name: 'back', token: '${env:TOKEN}' }] },
    };
    expect(plan(plain, spec([pipeline('main', three.slice(2))], more))).toEqual([
      '- front (main)',
      '- yard (main)',
      '! the appliance must be restarted (appliance, metrics, control.listen, ' +
        'control.tokens, stateDir, nats.password, nats.url, nats.user): ' +
        'disturbs 1 stream',
    ]);
  });

  it('names an address that is shown or recorded where it is one of its own', () => {
    const uri = { analyse: 'rtsp://192.0.2.1/front', record: 'rtsp://192.0.2.1/large' };
    const after = spec([pipeline('main', [stream('front', { uri }), ...three.slice(1)])]);
    expect([plan(plain, after), plan(after, plain)]).toEqual([
      ['~ front (main): uri.record'],
      ['~ front (main): uri.record'],
    ]);
  });

  it('names secrets by their keys, and shows none', () => {
    const login = (name: string) => ({ user: `\${env:${name}}`, password: `\${file:/run/${name}}` });
    const before = spec([pipeline('main', [stream('front', login('OLD'))])]);
    const after = spec([pipeline('main', [stream('front', login('NEW'))])]);
    expect(JSON.stringify(planSteps(before, after))).toBe(
      '[{"action":"reconnect","keys":["user","password"],"disturbs":["front"],"pipeline":"main","stream":"front"}]',
    );
  });
});

const PIPELINES = ['main', 'side', 'yard'];
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];

const anyStream = (id: string) =>
  fc
    .constantFrom({}, { fps: 5 }, { uri: 'rtsp://192.0.2.2/x' }, { frozenRestart: true })
    .map((more) => stream(id, more));
const anyPipeline = fc.constantFrom(
  ...[{}, { memoryLimitMb: 512 }, { slots: 6 }, { detector: { model: 'synthetic', threshold: 0.9 } }],
  ...[{ mux: { batchTimeoutMs: 10 } }, { tracker: { algorithm: 'none' } }],
);
const anyMore = fc.constantFrom(
  ...[{}, { nats: { prefix: 'x' } }, { mediaRoot: '/media' }, { metrics: {} }, { stateDir: '/state' }],
);
/** Where each stream is; nowhere for some. */
const anySpec = fc
  .record({
    ids: fc.subarray(PIPELINES, { minLength: 1 }),
    settings: fc.tuple(anyPipeline, anyPipeline, anyPipeline),
    places: fc.tuple(...IDS.map(() => fc.option(fc.constantFrom(...PIPELINES)))),
    streams: fc.tuple(...IDS.map(anyStream)),
    more: anyMore,
  })
  .map(({ ids, settings, places, streams, more }) => {
    const inside = (id: string) => streams.filter((_, i) => places[i] === id);
    return spec(
      ids.map((id, i) => pipeline(id, inside(id), settings[i])),
      more,
    );
  });

/** A running pipeline: what its process was started with, what was changed since, and its streams. */
interface Running {
  shared: unknown;
  settings: Omit<PipelineSpec, 'streams' | 'memoryLimitMb'>;
  memoryLimitMb: number | undefined;
  readonly streams: Map<string, StreamSpec>;
}

/** An appliance that can do what a step says and nothing else; it objects to what it cannot. */
class Appliance {
  readonly pipelines = new Map<string, Running>();
  readonly disturbed: string[] = [];
  own: unknown;

  constructor(
    before: ApplianceSpec,
    private readonly after: ApplianceSpec,
  ) {
    this.own = own(before);
    for (const each of before.pipelines) this.pipelines.set(each.id, running(before, each, each.streams));
  }

  take(step: PlanStep): void {
    const { action, pipeline = '', stream = '' } = step;
    const should = this.after.pipelines.find(({ id }) => id === pipeline);
    const is = this.pipelines.get(pipeline);
    if (action === 'restart-appliance') this.own = own(this.after);
    else if (action === 'start') this.#start(pipeline, should);
    else if (!is) throw new Error(`no pipeline ${pipeline}`);
    else if (action === 'stop') this.#stop(pipeline, is);
    else if (action === 'restart') this.#restart(pipeline, is, should);
    else if (step.stream === undefined) is.memoryLimitMb = should?.memoryLimitMb;
    else
      this.#stream(
        action,
        is,
        stream,
        should?.streams.find(({ id }) => id === stream),
      );
  }

  #start(id: string, should: PipelineSpec | undefined): void {
    if (!should || this.pipelines.has(id)) throw new Error(`${id} cannot start`);
    this.pipelines.set(id, running(this.after, should, []));
  }

  #stop(id: string, is: Running): void {
    if (is.streams.size > 0) throw new Error(`${id} has streams`);
    this.pipelines.delete(id);
  }

  #restart(id: string, is: Running, should: PipelineSpec | undefined): void {
    if (!should) throw new Error(`${id} is not wanted`);
    this.disturbed.push(...is.streams.keys());
    const { shared, settings } = running(this.after, should, []);
    Object.assign(is, { shared, settings });
  }

  #stream(action: string, is: Running, id: string, should: StreamSpec | undefined): void {
    const was = is.streams.get(id);
    const anywhere = [...this.pipelines.values()].some(({ streams }) => streams.has(id));
    if (action === 'add' ? anywhere : !was) throw new Error(`${action} ${id}: it is there, or is not`);
    if (action === 'remove') {
      is.streams.delete(id);
      if (streamOf(this.after, id)) this.disturbed.push(id);
      return;
    }
    if (!should) throw new Error(`${id} is not wanted`);
    if (was && sameConnection(was, should) !== (action === 'update')) throw new Error(`${action} ${id}`);
    if (action === 'reconnect') this.disturbed.push(id);
    is.streams.set(id, should);
    if (is.streams.size > is.settings.slots) throw new Error(`no slot for ${id}`);
  }
}

const own = ({ appliance, nats, metrics, control, stateDir }: ApplianceSpec) => ({
  appliance,
  nats,
  metrics,
  control,
  stateDir,
});

function running(
  { cameraNetworks, mediaRoot, modelDir }: ApplianceSpec,
  { streams: _, memoryLimitMb, ...settings }: PipelineSpec,
  streams: readonly StreamSpec[],
): Running {
  const shared = { cameraNetworks, mediaRoot, modelDir };
  return { shared, settings, memoryLimitMb, streams: new Map(streams.map((each) => [each.id, each])) };
}

function streamOf(of: ApplianceSpec, id: string): StreamSpec | undefined {
  return of.pipelines.flatMap(({ streams }) => streams).find((each) => each.id === id);
}

/** In no order, as neither pipelines nor streams have one while they run. */
function state({ pipelines, own }: Pick<Appliance, 'pipelines' | 'own'>) {
  return { own, pipelines: new Map([...pipelines].map(([id, each]) => [id, { ...each }])) };
}

describe('the steps of any plan', () => {
  it('carried out in their order lead from the one spec to the other, each possible and each needed', () => {
    fc.assert(
      fc.property(anySpec, anySpec, (before, after) => {
        const steps = planSteps(before, after);
        const appliance = new Appliance(before, after);
        for (const step of steps) {
          const [was, { length }] = [JSON.stringify(shown(appliance)), appliance.disturbed];
          appliance.take(step);
          expect(JSON.stringify(shown(appliance))).not.toBe(was);
          if (step.action === 'restart-appliance') continue;
          expect(step.disturbs).toEqual(appliance.disturbed.slice(length));
        }
        expect(state(appliance)).toEqual(state(new Appliance(after, after)));
      }),
      { numRuns: 300 },
    );
  });

  it('are none for specs that are the same', () => {
    fc.assert(
      fc.property(anySpec, (any) => {
        expect(planSteps(any, structuredClone(any))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

/** As text, for comparison. */
function shown({ pipelines, own }: Appliance) {
  return {
    own,
    pipelines: [...pipelines].map(([id, { streams, ...rest }]) => ({ id, ...rest, streams: [...streams] })),
  };
}
