/** What a stream does and why, in a few words. */
import type { StreamView, StreamViewState } from '../../supervisor/views.js';
import { age, type Colour, due, paint, visible } from '../text.js';

const COLOURS: Readonly<Record<StreamViewState, Colour | undefined>> = {
  live: 'green',
  connecting: 'yellow',
  stalled: 'yellow',
  waiting: 'yellow',
  failed: 'red',
  quarantined: 'red',
  'pipeline-down': 'red',
  stopped: undefined,
};

export function stateWord({ state, troubles }: StreamView): string {
  return paint(state === 'live' && troubles.length > 0 ? 'yellow' : COLOURS[state], state);
}

/** `refused, again in 3 s: nobody listens; packet-loss: 5 % lost`; empty where all is well. */
export function why(stream: StreamView): string {
  const { phase, troubles } = stream;
  const reasons = [
    ...(phase === undefined ? [] : [phase]),
    ...ending(stream),
    ...troubles.map((trouble) => `${trouble.kind}: ${trouble.message}`),
  ];
  return visible(reasons.join('; '));
}

/** Why its last connection ended, and when the next is tried. */
function ending({ cause, message, retryAt }: Partial<StreamView>): string[] {
  const again = retryAt === undefined ? [] : [`again ${due(retryAt)}`];
  const head = [...(cause === undefined ? [] : [cause]), ...again].join(', ');
  const text = [head, message ?? ''].filter(Boolean).join(': ');
  return text ? [text] : [];
}

/** `1920x1080`; empty before the camera has said. */
export function resolution({ format }: StreamView): string {
  return format ? `${format.width}x${format.height}` : '';
}

export function since({ since: time }: { readonly since: string }): string {
  return age(time);
}

/** By name, numbers in names by their value. */
export function byId<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}
