/** Waiting for a stream to be live, or to have failed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { WaitOptions } from '../control/appliance.js';
import type { ControlClient } from '../control/client.js';
import { MAX_WAIT_MS } from '../control/schemas.js';
import { WeirError } from '../spec/error.js';
import { SETTLED, type StreamView, type StreamViewState } from '../supervisor/views.js';
import { number } from './number-option.js';
import { due, duration } from './text.js';
import { why } from './views/stream-words.js';

const USUAL_SECONDS = 30;
const MAX_SECONDS = 86_400;
/** Between two questions, where the appliance does not wait itself. */
const PAUSE_MS = 500;

export function withWaitOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--wait [seconds]',
      'return when the stream is live; fail with 69 when it has failed or the time is up',
    )
      .argParser(number(0.1, MAX_SECONDS))
      .preset(String(USUAL_SECONDS)),
  );
}

/** What happens next where nobody does anything, by state; the time of the next attempt is told before it. */
const NEXT: Partial<Readonly<Record<StreamViewState, string>>> = {
  failed: 'it needs a change',
  quarantined: 'it ended its pipeline and is left out: weir streams restart ends that',
  'pipeline-down': 'it connects when its pipeline plays: weir pipelines list says when',
  connecting: 'it goes on connecting',
};

export class Patience {
  readonly #seconds: number;
  readonly #deadline: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#deadline = performance.now() + seconds * 1000;
  }

  /** For the next question: the appliance waits a minute at most. */
  next(): WaitOptions {
    return { waitMs: Math.round(Math.min(MAX_WAIT_MS, Math.max(0, this.#left))) };
  }

  /** The stream when it is live, has failed, or the time is up. */
  async settle(client: ControlClient, stream: StreamView): Promise<StreamView> {
    let view = stream;
    while (!SETTLED.has(view.state) && this.#left > 0) {
      const asked = performance.now();
      view = await client.stream(view.id, this.next());
      if (!SETTLED.has(view.state)) await sleep(Math.min(this.#left, PAUSE_MS - (performance.now() - asked)));
    }
    return view;
  }

  /** STREAM_FAILED where it is not live: why, and what happens next. */
  verdict(stream: StreamView): WeirError | undefined {
    if (stream.state === 'live') return undefined;
    const { retryAt: _, ...now } = stream;
    const reason = why(now);
    const waited = SETTLED.has(stream.state) ? '' : ` after ${duration(this.#seconds)}`;
    const what = `stream "${stream.id}" is ${stream.state}${waited}${reason ? `: ${reason}` : ''}`;
    return new WeirError('STREAM_FAILED', what, { remedy: remedy(stream) });
  }

  get #left(): number {
    return this.#deadline - performance.now();
  }
}

function remedy({ id, state, retryAt }: StreamView): string {
  const attempt = retryAt === undefined ? [] : [`the next attempt is ${due(retryAt)}`];
  return [...attempt, ...[NEXT[state] ?? []].flat(), `weir streams show ${id} tells more`].join('; ');
}
