/** Stream supervisors on a fake clock and a fake pipeline. */
import type { SourceParams } from '../../src/native/types.js';
import { HandshakeBudget } from '../../src/streams/handshake-budget.js';
import type { Cause } from '../../src/streams/retry.js';
import { DEFAULT_RULES, stallMs } from '../../src/streams/stream-state.js';
import { StreamSupervisor, type StreamSupervisorOptions } from '../../src/streams/stream-supervisor.js';
import { ALL_FRAMES } from './all-frames.js';
import { FakeClock } from './fake-clock.js';
import { FakeSourceHost, settle } from './fake-source-host.js';

type Overrides = Partial<Pick<StreamSupervisorOptions, 'source' | 'diagnose'>>;

export function streams(count: number, overrides: Overrides = {}) {
  const host = new FakeSourceHost();
  const clock = new FakeClock();
  const budget = new HandshakeBudget();
  const changes: string[] = [];
  const incidents: string[] = [];
  const fatal: unknown[] = [];
  const all = Array.from({ length: count }, (_, slot) => {
    const id = `cam-${slot}`;
    return new StreamSupervisor({
      id,
      slot,
      host,
      budget,
      clock,
      rules: { ...DEFAULT_RULES, random: clock.random, stallMs: stallMs(10), transport: 'tcp' },
      source: async (epoch) => params(id, epoch),
      onChange: ({ kind, phase, cause }) => changes.push([id, kind, phase, cause].filter(Boolean).join(' ')),
      onIncident: (incident, message) => incidents.push(`${id} ${incident}: ${message}`),
      onFatal: (error) => fatal.push(error),
      ...overrides,
    });
  });
  return { host, clock, budget, changes, incidents, fatal, all, one: all[0] as StreamSupervisor };
}

export function params(stream: string, epoch: number): SourceParams {
  return { template: 'rtsp', stream, epoch, token: epoch, ...ALL_FRAMES, params: {} };
}

export async function started(stream: StreamSupervisor): Promise<void> {
  stream.start();
  await settle();
}

export function lose(stream: StreamSupervisor, cause: Cause, epoch = stream.state.epoch): void {
  stream.dispatch({ type: 'lost', epoch, cause, message: 'why' });
}
