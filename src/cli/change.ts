/** Tells what a change to a stream has led to. */
import type { ControlClient } from '../control/client.js';
import type { WaitOptions } from '../control/appliance.js';
import type { StreamChangeView, StreamView } from '../supervisor/views.js';
import { print, say } from './io.js';
import { Patience } from './patience.js';
import { duration } from './text.js';
import { stateWord, why } from './views/stream-words.js';

export interface ChangeOptions {
  /** Seconds. */
  readonly wait?: number;
  readonly json?: true;
}

export interface ChangeWords {
  readonly id: string;
  /** `added`. */
  readonly done: string;
  /** Where nothing had to be changed. */
  readonly same: string;
}

/** Makes the change and tells of it; with `wait` when the stream is live, else it rejects with STREAM_FAILED. */
export async function carryOut(
  client: ControlClient,
  words: ChangeWords,
  { wait, json }: ChangeOptions,
  change: (options: WaitOptions) => Promise<StreamChangeView>,
): Promise<void> {
  const patience = wait === undefined ? undefined : new Patience(wait);
  if (patience) say(`waiting for "${words.id}" to be live, at most ${duration(wait ?? 0)}`);
  const first = await change(patience?.next() ?? {});
  const stream = first.stream && patience ? await patience.settle(client, first.stream) : first.stream;
  const made = { ...first, ...(stream && { stream }) };
  print(json ? JSON.stringify(made) : sentence(words, made));
  const failure = stream && patience?.verdict(stream);
  if (failure) throw failure;
  if (!json) say(`Next: weir streams show ${words.id}`);
}

function sentence({ id, done, same }: ChangeWords, { changed, pending, stream }: StreamChangeView): string {
  const now = stream ? `: ${doing(stream)}` : '';
  const later = pending ? '; its pipeline is down: carried out when that plays again' : '';
  return changed ? `${done} ${id}${now}${later}` : `${id} ${same}; nothing was changed${now}`;
}

function doing(stream: StreamView): string {
  const reason = why(stream);
  return `${stateWord(stream)}${reason ? ` (${reason})` : ''}`;
}
