import { describe, expect, it } from 'vitest';
import type { SourceParams } from '../../src/native/types.js';
import { ConnectFailure } from '../../src/streams/connect-failure.js';
import type { StreamSupervisor } from '../../src/streams/stream-supervisor.js';
import { settle } from '../support/fake-source-host.js';
import { SILENT } from '../support/stream-story.js';
import { lose, params, started, streams } from '../support/supervised.js';

/** An answer the test gives when it likes. */
function question<T>() {
  const answers: { resolve(value: T): void; reject(error: Error): void }[] = [];
  const ask = () => new Promise<T>((resolve, reject) => answers.push({ resolve, reject }));
  return { ask, answers };
}

describe('what a stream connects to', () => {
  it.each([
    [
      'a name that does not resolve',
      new ConnectFailure('dns', 'no address for cam.invalid'),
      'waiting',
      'dns',
    ],
    ['an address that is not allowed', new ConnectFailure('forbidden', '127.0.0.1'), 'failed', 'forbidden'],
    ['a secret that is not there', new Error('${env:CAM}: there is no value'), 'failed', 'config'],
  ])('is looked up: %s', async (_, error, kind, cause) => {
    const { host, one } = streams(1, { source: () => Promise.reject(error) });
    await started(one);
    expect(one.state).toMatchObject({ kind, cause, message: error.message });
    expect(host.calls).toEqual([]);
  });

  it('is looked up anew for every connection', async () => {
    let missing = true;
    const { host, clock, one } = streams(1, {
      source: async (epoch) => {
        if (missing) throw new Error('no value');
        return params('cam-0', epoch);
      },
    });
    await started(one);
    missing = false;
    clock.advance(66_000);
    await settle();
    expect(host.sources.get(0)?.epoch).toBe(2);
  });

  it('holds up neither a stop nor other streams, and counts no more when it comes late', async () => {
    const { ask, answers } = question<SourceParams>();
    const { host, budget, one } = streams(1, { source: ask });
    await started(one);
    await one.close();
    expect(budget.busy).toBe(0);
    answers[0]?.resolve(params('cam-0', 1));
    await settle();
    expect(one.state.kind).toBe('stopped');
    expect(host.calls).toEqual([]);
  });

  it('is that of the latest restart, in whatever order the answers come', async () => {
    const { ask, answers } = question<SourceParams>();
    const { host, one } = streams(1, { source: ask });
    await started(one);
    one.restart('changed');
    await settle();
    answers[1]?.resolve(params('cam-0', 2));
    answers[0]?.resolve(params('cam-0', 1));
    await settle();
    expect(host.sources.get(0)?.epoch).toBe(2);
    expect(host.calls).toEqual(['add 0']);
  });

  it('that the pipeline refuses is a failure of the source', async () => {
    const { host, one } = streams(1);
    host.failures.set('add', new Error('no such template'));
    await started(one);
    expect(one.state).toMatchObject({ kind: 'waiting', cause: 'source', message: 'no such template' });
  });
});

describe('a failure that says little', () => {
  const better = { cause: 'refused', message: 'connection refused by 192.0.2.7:554' } as const;

  it.each(['unreachable', 'source', 'timeout'] as const)(
    'such as "%s" is looked at more closely',
    async (cause) => {
      const { ask, answers } = question<typeof better>();
      const { one } = streams(1, { diagnose: ask });
      await started(one);
      lose(one, cause);
      await settle();
      expect(one.state.kind).toBe('connecting');
      answers[0]?.resolve(better);
      await settle();
      expect(one.state).toMatchObject({ kind: 'waiting', ...better });
      expect(one.losses).toMatchObject({ refused: 1, [cause]: 0 });
    },
  );

  it.each([
    ['knows nothing better', async () => undefined],
    ['fails', () => Promise.reject(new Error('no sockets'))],
  ])('stands when the closer look %s', async (_, diagnose) => {
    const { one } = streams(1, { diagnose });
    await started(one);
    lose(one, 'unreachable');
    await settle();
    expect(one.state).toMatchObject({ kind: 'waiting', cause: 'unreachable', message: 'why' });
  });

  it('is of no interest any more once the stream was stopped or connects anew', async () => {
    const { ask, answers } = question<typeof better>();
    const { one } = streams(1, { diagnose: ask });
    await started(one);
    lose(one, 'timeout');
    one.restart('restart');
    await settle();
    expect(one.state).toMatchObject({ phase: 'handshake', epoch: 2 });
    answers[0]?.resolve(better);
    await settle();
    expect(one.state).toMatchObject({ phase: 'handshake', epoch: 2 });
    lose(one, 'timeout');
    await one.close();
    answers[1]?.resolve(better);
    await settle();
    expect(one.state.kind).toBe('stopped');
    expect(one.losses.refused).toBe(0);
  });

  it.each([
    ['"eos"', (stream: StreamSupervisor) => lose(stream, 'eos'), 'eos'],
    [
      'of a connection that had frames',
      (stream: StreamSupervisor) => {
        stream.dispatch({ type: 'firstFrame', epoch: 1 });
        stream.tick(SILENT);
        lose(stream, 'source');
      },
      'source',
    ],
  ])('is not %s: that counts at once', async (_, happens, cause) => {
    const { one } = streams(1, { diagnose: () => Promise.reject(new Error('asked')) });
    await started(one);
    happens(one);
    expect(one.state).toMatchObject({ kind: 'waiting', cause });
  });
});
