/** What is published of streams that no worker speaks for. */
import { expect, it } from 'vitest';
import { type Condition, DownStatus } from '../../src/supervisor/down-status.js';
import type { PipelineState } from '../../src/supervisor/views.js';
import { wireFaults } from '../support/wire.js';

const SINCE = '2026-11-26T12:00:00.000Z';

function listen() {
  const said: string[] = [];
  const faults: string[] = [];
  const note = (what: string) => (stream: string, source: () => object) => {
    const message = source() as { state: string; cause?: string; message?: string; retryAt?: string };
    faults.push(...wireFaults(message));
    const { state, cause = '', message: why = '', retryAt = '' } = message;
    said.push([what, stream, state, cause, why, retryAt].join(' ').trimEnd());
  };
  const drop = (stream: string) => said.push(`drop ${stream}`);
  const events: string[] = [];
  const status = new DownStatus(
    { set: note('set'), end: note('end'), drop: (stream) => void drop(stream) },
    ({ kind, stream, message }) => void events.push(`${stream} ${kind}: ${message}`),
  );
  return { status, said, faults, events };
}

const pipeline = (
  state: PipelineState,
  more: Partial<NonNullable<Condition['pipeline']>> = {},
): Condition => ({
  pipeline: { id: 'yard', state, since: SINCE, ...more },
});
const CRASH = { lastEnd: { why: 'crash', at: SINCE, message: 'its process ended (SIGSEGV)' } } as const;
const QUARANTINE = { quarantine: { since: SINCE, reason: 'it ended its process again and again' } };

it('tells why and until when of a pipeline that is down, once', () => {
  const { status, said, faults } = listen();
  for (let look = 0; look < 2; look++) status.look('cam-1', pipeline('waiting', CRASH));
  status.look('cam-1', pipeline('waiting', { ...CRASH, nextStartAt: '2026-11-26T12:00:04.000Z' }));
  status.look('cam-1', pipeline('failed', CRASH));
  expect(said).toEqual([
    'set cam-1 waiting pipeline pipeline "yard": its process ended (SIGSEGV)',
    'set cam-1 waiting pipeline pipeline "yard": its process ended (SIGSEGV) 2026-11-26T12:00:04.000Z',
    'set cam-1 failed pipeline pipeline "yard": its process ended (SIGSEGV)',
  ]);
  expect(faults).toEqual([]);
});

it('leaves a stream to the worker that plays, and says nothing of one it never spoke for', () => {
  const { status, said } = listen();
  status.look('cam-1', pipeline('playing'));
  status.look('cam-1', pipeline('starting'));
  status.look('cam-1', {});
  expect(said).toEqual([]);
  status.look('cam-1', pipeline('waiting'));
  status.look('cam-1', pipeline('starting'));
  status.look('cam-1', pipeline('playing'));
  status.look('cam-1', pipeline('playing'));
  expect(said).toEqual(['set cam-1 waiting pipeline pipeline "yard": waiting', 'drop cam-1']);
});

it.each(['playing', 'starting', 'waiting', 'failed', 'stopping'] as const)(
  'speaks for a stream in quarantine while its pipeline is %s',
  (state) => {
    const { status, said, faults } = listen();
    status.look('cam-1', { ...pipeline(state), ...QUARANTINE });
    expect(said).toEqual(['set cam-1 failed quarantine it ended its process again and again']);
    expect(faults).toEqual([]);
  },
);

it('hands a stream back when its quarantine ends', () => {
  const { status, said } = listen();
  status.look('cam-1', { ...pipeline('playing'), ...QUARANTINE });
  status.look('cam-1', pipeline('playing'));
  expect(said.at(-1)).toBe('drop cam-1');
});

it('has the last word on a stream that is removed while it speaks for it', () => {
  const { status, said, faults } = listen();
  status.look('cam-1', pipeline('waiting'));
  status.look('cam-1', {});
  status.look('cam-1', {});
  expect(said.slice(1)).toEqual(['end cam-1 stopped']);
  expect(faults).toEqual([]);
});
