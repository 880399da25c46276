/** What is to be seen of the appliance: its pipelines and streams as they are meant to be, and as workers say they are. */
import type { Snapshot } from '../metrics/snapshot.js';
import { unknown } from '../spec/unknown.js';
import type { StreamRow, WorkerStatus } from '../worker/status.js';
import type { DesiredState, DesiredStream } from './desired-state.js';
import type { Condition } from './down-status.js';
import type { PipelineKeeper } from './pipeline-keeper.js';
import type { Pipelines } from './pipelines.js';
import { streamView, type ViewInput } from './stream-view.js';
import type { ApplianceView, PipelineView, StreamView } from './views.js';

export interface OverviewOptions {
  readonly version: string;
  readonly state: DesiredState;
  readonly pipelines: Pipelines;
}

export class Overview {
  readonly #options: OverviewOptions;
  readonly #startedAt = new Date().toISOString();

  constructor(options: OverviewOptions) {
    this.#options = options;
  }

  /** Of a stream's surroundings, for who speaks for it. */
  condition(id: string): Condition {
    const { state, pipelines } = this.#options;
    const home = state.find(id)?.pipeline;
    return {
      pipeline: home === undefined ? undefined : pipelines.find(home)?.view(),
      quarantine: state.quarantine[id],
    };
  }

  /** As workers said last. */
  appliance(): ApplianceView {
    const { state, version } = this.#options;
    const { name: appliance } = this.#options.pipelines;
    const streams = this.streams();
    const failed = streams.filter((stream) => stream.state === 'failed' || stream.state === 'quarantined');
    return {
      appliance,
      version,
      generation: state.generation,
      startedAt: this.#startedAt,
      spec: { file: state.file, applied: state.applied },
      pipelines: this.pipelines(streams),
      streams: { total: streams.length, live: live(streams), failed: failed.length },
    };
  }

  /** For metrics. */
  async numbers(): Promise<Snapshot> {
    const { state } = this.#options;
    const statuses = await this.workers();
    const quarantined = [...state.streams()].filter(({ id }) => state.quarantine[id]);
    const processes = [...this.#options.pipelines].map((keeper) => {
      const { id: pipeline, state, restarts, rssBytes } = keeper.view();
      return {
        ...{ pipeline, state, restarts },
        quarantined: quarantined.filter((stream) => stream.pipeline === pipeline).length,
        ...(rssBytes !== undefined && { rssBytes }),
        ...(keeper.beat && { cpuSeconds: keeper.beat.cpuSeconds, loopLagMs: keeper.beat.loopLagMs }),
      };
    });
    return { pipelines: statuses, processes };
  }

  /** What the workers say, whole. */
  workers(): Promise<WorkerStatus[]> {
    return this.#options.pipelines.statuses();
  }

  pipelines(streams = this.streams()): readonly PipelineView[] {
    return [...this.#options.pipelines].map((keeper) => pipelineView(keeper, streams));
  }

  /** Throws PIPELINE_UNKNOWN. */
  pipeline(id: string): PipelineView {
    return pipelineView(this.#options.pipelines.get(id), this.streams());
  }

  /** Throws STREAM_UNKNOWN. */
  known(id: string): DesiredStream {
    const { state } = this.#options;
    const entry = state.find(id);
    if (entry) return entry;
    const known = [...state.streams()].map((stream) => stream.id);
    throw unknown('stream', id, known);
  }

  /** Throws STREAM_UNKNOWN. */
  stream(id: string): StreamView {
    return this.of(this.known(id));
  }

  find(id: string): StreamView | undefined {
    const found = this.#options.state.find(id);
    return found && this.of(found);
  }

  streams(): StreamView[] {
    return [...this.#options.state.streams()].map((stream) => this.of(stream));
  }

  /** `row`: what its worker says of it, where that is not the last it said. */
  of(stream: DesiredStream, row = this.#row(stream)): StreamView {
    const { state } = this.#options;
    const pipeline = this.#home(stream.pipeline);
    return streamView({ ...stream, pipeline, quarantine: state.quarantine[stream.id], row });
  }

  #home(id: string): ViewInput['pipeline'] {
    return this.#options.pipelines.find(id)?.view() ?? this.#coming(id);
  }

  /** One that is desired and not there yet. */
  #coming(id: string): ViewInput['pipeline'] {
    return { id, state: 'starting', since: this.#startedAt };
  }

  #row({ pipeline, id }: DesiredStream): StreamRow | undefined {
    return this.#options.pipelines.find(pipeline)?.row(id);
  }
}

function pipelineView(keeper: PipelineKeeper, streams: readonly StreamView[]): PipelineView {
  return { ...keeper.view(), live: live(streams.filter(({ pipeline }) => pipeline === keeper.id)) };
}

function live(streams: readonly StreamView[]): number {
  return streams.filter(({ state }) => state === 'live').length;
}
