/** Shares pictures: however many ask, a stream is asked for one at a time, and at most twice a second. */
import type { SnapshotOptions } from '../native/pipeline.js';
import type { ControlledAppliance } from './appliance.js';
import { within } from '../streams/within.js';

const PERIOD_MS = 500;
/** The longest anybody may wait: who joins waits no shorter than they asked for. */
const TIMEOUT_MS = 30_000;
export const DEFAULT_TIMEOUT_MS = 5_000;

interface Shot {
  readonly startsAt: number;
  readonly picture: Promise<Uint8Array>;
}

export class Snapshots {
  readonly #appliance: Pick<ControlledAppliance, 'snapshot'>;
  /** By stream and kind, for as long as they are shared. */
  readonly #shots = new Map<string, Shot>();

  constructor(appliance: Pick<ControlledAppliance, 'snapshot'>) {
    this.#appliance = appliance;
  }

  /** Rejects with TIMEOUT after `timeoutMs`, whoever asked first. */
  take(
    id: string,
    { annotated = true, timeoutMs = DEFAULT_TIMEOUT_MS }: SnapshotOptions = {},
  ): Promise<Uint8Array> {
    const { picture } = this.#shots.get(key(id, annotated)) ?? this.#begin(id, annotated);
    return within(timeoutMs, `stream "${id}": no picture`, picture);
  }

  /** The other kind's picture of the stream counts: it costs as much. */
  #begin(id: string, annotated: boolean): Shot {
    const other = this.#shots.get(key(id, !annotated));
    const now = performance.now();
    const startsAt = other ? Math.max(now, other.startsAt + PERIOD_MS) : now;
    const ask = () => this.#appliance.snapshot(id, { annotated, timeoutMs: TIMEOUT_MS });
    const picture = startsAt > now ? pause(startsAt - now).then(ask) : ask();
    const shot = { startsAt, picture };
    this.#shots.set(key(id, annotated), shot);
    void this.#forget(key(id, annotated), shot);
    return shot;
  }

  /** Failures are shared as well: a stream without a picture is not asked more often. */
  async #forget(name: string, { startsAt, picture }: Shot): Promise<void> {
    await picture.catch(() => undefined);
    await pause(startsAt + PERIOD_MS - performance.now());
    this.#shots.delete(name);
  }
}

/** The same appliance, with shared pictures. */
export function sharingSnapshots(appliance: ControlledAppliance): ControlledAppliance {
  const snapshots = new Snapshots(appliance);
  return {
    status: () => appliance.status(),
    streams: () => appliance.streams(),
    stream: (...args) => appliance.stream(...args),
    add: (...args) => appliance.add(...args),
    update: (...args) => appliance.update(...args),
    remove: (...args) => appliance.remove(...args),
    restart: (...args) => appliance.restart(...args),
    snapshot: (...args) => snapshots.take(...args),
    pipelines: () => appliance.pipelines(),
    restartPipeline: (...args) => appliance.restartPipeline(...args),
    apply: (...args) => appliance.apply(...args),
    graph: (...args) => appliance.graph(...args),
    logs: (...args) => appliance.logs(...args),
    audit: (...args) => appliance.audit(...args),
    operations: (...args) => appliance.operations(...args),
  };
}

function key(id: string, annotated: boolean): string {
  return `${annotated ? 'annotated' : 'plain'} ${id}`;
}

/** Keeps nobody from ending. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)).unref());
}
