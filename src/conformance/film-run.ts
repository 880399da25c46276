/** A film twice through a pipeline of the spec's kind: what its events, counters and messages say. */
import { rawFileCaps } from '../graph/sources.js';
import { Pipeline } from '../native/pipeline.js';
import { INDEX_STRIDE, type NativeBinding, type NativeEvent } from '../native/types.js';
import type { ApplianceSpec, PipelineSpec } from '../spec/types.js';
import { planPipeline, provider } from '../worker/plan.js';
import { Redactor } from '../worker/redact.js';
import { type Row, shown } from './report.js';

export interface Film {
  /** H.264 without a container, with at least three seconds of pictures. */
  readonly path: string;
  readonly fps: number;
}

export interface FilmRunOptions {
  readonly binding: NativeBinding;
  readonly spec: ApplianceSpec;
  /** For the config files. */
  readonly dir: string;
  /** Undefined where there is none: then only start and stop are asked. */
  readonly film: Film | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** For each of what is waited for. */
  readonly waitMs?: number;
}

interface Message {
  readonly frame: number;
  readonly objects: readonly { readonly id?: string }[];
}

const SLOT = 0;
const MESSAGES = 15;
const WAIT_MS = 60_000;
const MUX = 'DeepStream 9.1 reference apps: sources added and removed while playing';
const TRACKER = 'DeepStream 9.1 gst-nvtracker: metadata after tracking, PAD_DELETED';

type Question = Pick<Row, 'question' | 'expected' | 'source'>;

/** Tells each answer as it comes. What cannot be asked any more is left out. Rejects where no pipeline can be made. */
export async function filmRun(options: FilmRunOptions, tell: (row: Row) => void): Promise<void> {
  const { spec } = options;
  const [pipeline] = spec.pipelines;
  if (pipeline) await new FilmRun(options, pipeline, tell).run();
}

class FilmRun {
  readonly #pipeline: Pipeline;
  readonly #events: NativeEvent[] = [];
  /** By token: which playing of the film. */
  readonly #messages = new Map<number, Message[]>();
  #changed: () => void = () => undefined;

  constructor(
    private readonly options: FilmRunOptions,
    private readonly spec: PipelineSpec,
    private readonly tell: (row: Row) => void,
  ) {
    const { binding, dir, env = process.env } = options;
    const plan = planPipeline({
      spec: options.spec,
      pipeline: spec,
      provider: provider(binding.info().provider),
      dir,
      env,
      redactor: new Redactor(),
    });
    const handlers = { onEvent: (event: NativeEvent) => this.#heard(event), onBatch: () => this.#read() };
    this.#pipeline = Pipeline.open(plan.graph, handlers, binding);
  }

  async run(): Promise<void> {
    const plays = await this.#does('plays without a camera', MUX, () => this.#pipeline.start());
    if (plays) await this.#films();
    await this.#does('stops', MUX, () => this.#pipeline.close());
  }

  async #films(): Promise<void> {
    const { film } = this.options;
    if (!film) return this.#unasked('shows a film', 'there is no film on this machine');
    if (!(await this.#film(film, 1, 'shows a film'))) return;
    this.#frames();
    if (!(await this.#does('plays on when its last source is removed', MUX, () => this.#remove()))) return;
    this.#accounts();
    if (!(await this.#film(film, 2, 'shows a film on the slot that was used before'))) return;
    this.#tracks();
    const failure = this.#events.find((event) => event.type === 'pipeline-error');
    this.#answer(
      { question: 'reports no failure of its own', expected: 'none', source: MUX },
      failure?.message ?? 'none',
    );
  }

  async #film({ path, fps }: Film, token: number, question: string): Promise<boolean> {
    const params = { uri: path, caps: rawFileCaps('H264', fps) };
    return this.#does(question, MUX, async () => {
      const all = { decode: 'all', maxFps: 0 } as const;
      const source = { template: 'h264', stream: 'film', epoch: token, token, ...all, params };
      await this.#pipeline.addSource(SLOT, source);
      await this.#until(() => this.#of(token).length >= MESSAGES);
    });
  }

  #remove(): Promise<void> {
    return this.#pipeline.removeSource(SLOT);
  }

  #frames(): void {
    const numbers = this.#of(1).map((message) => message.frame);
    const grow = numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as number));
    const source = 'DeepStream 9.1 nvdsmeta.h: frame_num';
    this.#answer(
      { question: 'numbers frames upwards', expected: 'yes', source },
      grow ? 'yes' : shown(numbers),
    );
  }

  #accounts(): void {
    const counters = this.#pipeline.counters();
    const [muxed, frames] = [counters.slot(SLOT, 'muxed'), counters.slot(SLOT, 'frames')];
    const source =
      'DeepStream 9.1 reference apps: EOS into the pad before it is released, so that no frame is lost';
    this.#answer(
      { question: 'hands on every picture that entered the mux', expected: '0 lost', source },
      `${muxed - frames} lost`,
    );
  }

  #tracks(): void {
    if (this.spec.tracker.algorithm === 'none' || this.spec.tracker.classIds) return;
    const objects = [1, 2].map((token) => this.#of(token).flatMap((message) => message.objects));
    const ids = objects.map((list) => new Set(list.map((object) => object.id)));
    const [first = new Set(), second = new Set()] = ids;
    if (first.size === 0 || second.size === 0) {
      return this.#unasked('tracks what it detects', 'the model of this pipeline finds nothing in the film');
    }
    const without = objects.flat().filter((object) => object.id === undefined).length;
    this.#answer(
      { question: 'reports no detection without a track', expected: '0 without', source: TRACKER },
      `${without} without`,
    );
    const shared = [...first].filter((id) => id !== undefined && second.has(id));
    this.#answer(
      { question: 'gives new ids on a slot that was used before', expected: 'none shared', source: TRACKER },
      shared.length === 0 ? 'none shared' : `shared: ${shared.join(' ')}`,
    );
  }

  #of(token: number): readonly Message[] {
    return this.#messages.get(token) ?? [];
  }

  #heard(event: NativeEvent): void {
    this.#events.push(event);
    this.#changed();
  }

  #read(): void {
    for (let batch = this.#pipeline.takeBatch(); batch; batch = this.#pipeline.takeBatch()) {
      const { bytes, index, id } = batch;
      for (let i = 0; i < index.length; i += INDEX_STRIDE) {
        const [token = 0, offset = 0, length = 0] = index.subarray(i, i + 3);
        const text = Buffer.from(bytes.subarray(offset, offset + length)).toString();
        this.#messages.set(token, [...this.#of(token), JSON.parse(text) as Message]);
      }
      this.#pipeline.releaseBatch(id);
    }
    this.#changed();
  }

  /** Looked at after every event and batch. Rejects with what went wrong meanwhile. */
  #until(condition: () => boolean): Promise<void> {
    const { waitMs = WAIT_MS } = this.options;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing for ${waitMs / 1000} s`)), waitMs);
      this.#changed = () => {
        const failed = this.#events.find((e) => e.type === 'source-error' || e.type === 'pipeline-error');
        if (!failed && !condition()) return;
        clearTimeout(timer);
        if (failed && !condition()) reject(new Error(failed.message));
        else resolve();
      };
      this.#changed();
    });
  }

  /** Whether it does. */
  async #does(question: string, source: string, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      this.#answer({ question, expected: 'yes', source }, 'yes');
      return true;
    } catch (error) {
      this.#answer({ question, expected: 'yes', source }, (error as Error).message);
      return false;
    }
  }

  #unasked(question: string, answer: string): void {
    this.tell({ group: 'run', question, expected: 'yes', answer, verdict: 'unknown', source: MUX });
  }

  #answer(question: Question, answer: string): void {
    const verdict = answer === question.expected ? 'same' : 'differs';
    this.tell({ group: 'run', ...question, answer: shown(answer), verdict });
  }
}
