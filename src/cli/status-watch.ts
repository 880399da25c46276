/** Follows an appliance at a glance, also while it is away. */
import type { ControlClient } from '../control/client.js';
import type { ApplianceView, StreamView } from '../supervisor/views.js';
import { isAway, pause } from './away.js';

export interface Glance {
  readonly appliance: ApplianceView;
  readonly streams: readonly StreamView[];
}

export async function glance(client: ControlClient, signal?: AbortSignal): Promise<Glance> {
  const [appliance, streams] = await Promise.all([client.status({ signal }), client.streams({ signal })]);
  return { appliance, streams };
}

export interface WatchOptions {
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** `away`: why the last question had no answer; the glance is then the last there was. */
  show(glance: Glance, away?: string): void;
}

/** Until the signal aborts. The first answer has to come; later the appliance may be away. */
export async function watchStatus(client: ControlClient, options: WatchOptions): Promise<void> {
  const { signal, everyMs, show } = options;
  let last = await glance(client, signal);
  show(last);
  for (;;) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    try {
      last = await glance(client, signal);
      show(last);
    } catch (error) {
      if (signal.aborted) return;
      if (!isAway(error)) throw error;
      show(last, error.message);
    }
  }
}
