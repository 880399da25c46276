/** How a supervisor watches a worker's process: a process in memory, and a clock of the test's. */
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkerChild, type WorkerExit } from '../../src/supervisor/worker-child.js';
import type { FromWorker, StartMessage, ToWorker } from '../../src/worker/protocol.js';
import { holdClock, quiet } from '../support/fake-child-keeper.js';

const START: StartMessage = {
  ...({ type: 'start', spec: {}, pipeline: 'yard', logLevel: 'info' } as never as StartMessage),
  ...{ hideMemory: true, dir: '/run/weir', breadcrumb: '/run/crumb' },
};

class FakeProcess extends EventEmitter {
  pid: number | undefined = 9_999_999;
  connected = true;
  readonly sent: ToWorker['type'][] = [];
  readonly signals: string[] = [];

  send(message: ToWorker): boolean {
    this.sent.push(message.type);
    return true;
  }

  kill(signal: NodeJS.Signals): boolean {
    this.signals.push(signal);
    return true;
  }

  say(...messages: (FromWorker | { type: 'ready' })[]): void {
    for (const message of messages) this.emit('message', message);
  }

  exit(code: number | null, signal: NodeJS.Signals | null = null, { silent = true } = {}): void {
    this.connected = false;
    this.emit('exit', code, signal);
    if (silent) this.emit('disconnect');
  }
}

interface Watched {
  readonly child: WorkerChild;
  readonly process: FakeProcess;
  readonly told: string[];
  exit: WorkerExit | undefined;
}

function watch(): Watched {
  const process = new FakeProcess();
  const told: string[] = [];
  const child = new WorkerChild(
    {
      start: START,
      onLog: (line) => told.push(`log ${line}`),
      onStream: ({ id }) => told.push(`stream ${id}`),
      onTurn: (turn, want, grant) => {
        told.push(`turn ${turn} ${want}`);
        grant();
      },
      onCondemned: () => told.push('condemned'),
      onNotice: (message) => told.push(message),
    },
    () => process as never as ChildProcess,
  );
  const watched: Watched = { child, process, told, exit: undefined };
  void child.ended.then((exit) => (watched.exit = exit));
  return watched;
}

async function playing(): Promise<Watched> {
  const watched = watch();
  watched.process.say({ type: 'up' }, { type: 'ready' });
  await watched.child.playing;
  return watched;
}

const beat: FromWorker = { type: 'beat', rssBytes: 1, cpuSeconds: 1, loopLagMs: 0 };
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(holdClock);
afterEach(() => {
  vi.useRealTimers();
});

describe("a worker's process", () => {
  it('is told what to run once it can be told, and hears from its supervisor twice a second', async () => {
    const { process, child } = watch();
    expect(process.sent).toEqual([]);
    process.say({ type: 'up' });
    expect(process.sent).toEqual(['start']);
    await pass(1_000);
    expect(process.sent).toEqual(['start', 'supervisor-beat', 'supervisor-beat']);
    process.say({ ...beat, rssBytes: 77 });
    expect(child.beat).toMatchObject({ rssBytes: 77 });
  });

  it('is listened to', () => {
    const { process, told } = watch();
    process.say({ type: 'log', line: 'a line' }, { type: 'stream', row: { id: 'cam-1' } as never });
    process.say({ type: 'turn', turn: 3, want: true });
    expect(told).toEqual(['log a line', 'stream cam-1', 'turn 3 true']);
    expect(process.sent).toEqual(['granted']);
  });

  it('that says nothing for 4 s is aborted, and killed 2 s later', async () => {
    const { process, told } = await playing();
    await pass(3_999);
    expect([process.signals, told]).toEqual([[], []]);
    await pass(1);
    expect(process.signals).toEqual(['SIGABRT']);
    expect(told).toEqual(['condemned', 'no sign of life for 4 s: SIGABRT']);
    await pass(1_999);
    expect(process.signals).toEqual(['SIGABRT']);
    await pass(1);
    expect(process.signals).toEqual(['SIGABRT', 'SIGKILL']);
    await pass(60_000);
    expect(process.signals).toEqual(['SIGABRT', 'SIGKILL']);
  });

  it('may be silent for a minute while it loads', async () => {
    const { process } = watch();
    process.say({ type: 'up' });
    await pass(59_999);
    expect(process.signals).toEqual([]);
    await pass(1);
    expect(process.signals).toEqual(['SIGABRT']);
  });

  it('lives by anything it says', async () => {
    const { process } = await playing();
    for (const said of [beat, { type: 'log', line: '{}' }, { type: 'turn', turn: 1, want: false }] as const) {
      await pass(3_500);
      process.say(said);
    }
    await pass(3_500);
    expect(process.signals).toEqual([]);
  });

  it('that stops when it is told to is not killed', async () => {
    const watched = await playing();
    await pass(3_000);
    watched.process.say(beat);
    watched.child.stop('restart', 'somebody asked for it');
    expect(watched.process.sent.at(-1)).toBe('stop');
    expect(watched.told).toEqual(['condemned']);
    watched.process.exit(0);
    await quiet();
    expect(watched.exit).toEqual({ why: 'restart', message: 'somebody asked for it', playedMs: 3_000 });
    await pass(60_000);
    expect(watched.process.signals).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that does not stop is killed after 4 s, and remains one that was to stop', async () => {
    const watched = await playing();
    watched.child.stop('memory', 'too large');
    watched.child.stop('restart', 'somebody asked for it');
    for (let second = 0; second < 4; second++) {
      watched.process.say(beat);
      expect(watched.process.signals).toEqual([]);
      await pass(1_000);
    }
    expect(watched.process.signals).toEqual(['SIGKILL']);
    watched.process.exit(null, 'SIGKILL');
    await quiet();
    expect(watched.exit).toMatchObject({ why: 'memory', message: 'too large', signal: 'SIGKILL' });
  });

  it.each([
    ['PIPELINE_FAILED', false, 'start-failed'],
    ['PIPELINE_FAILED', true, 'pipeline-failed'],
    ['PIPELINE_STUCK', true, 'stuck'],
    ['MODEL_INVALID', false, 'start-failed'],
    ['INTERNAL', true, 'pipeline-failed'],
  ] as const)('that says %s (while it plays: %s) has ended as %s', async (code, plays, why) => {
    const watched = plays ? await playing() : watch();
    watched.process.say({ type: 'failed', fault: { code, message: 'it says why', remedy: 'do this' } });
    expect(watched.told).toEqual(['condemned']);
    watched.process.exit(1);
    await quiet();
    expect(watched.exit).toMatchObject({ why, code, message: 'it says why', remedy: 'do this' });
  });

  it('that says it failed and does not end is killed', async () => {
    const { process } = await playing();
    process.say({ type: 'failed', fault: { code: 'PIPELINE_FAILED', message: 'no' } });
    await pass(2_000);
    expect(process.signals).toEqual(['SIGKILL']);
  });

  it.each([
    [null, 'SIGSEGV', 'its process ended (SIGSEGV)'],
    [7, null, 'its process ended (exit code 7)'],
  ] as const)('that ends by itself with %j %j has crashed', async (code, signal, message) => {
    const watched = await playing();
    await pass(1_000);
    watched.process.exit(code, signal);
    await quiet();
    expect(watched.exit).toEqual({
      ...{ why: 'crash', message, playedMs: 1_000 },
      ...(signal && { signal }),
    });
    await expect(watched.child.channel.status()).rejects.toMatchObject({ code: 'PIPELINE_FAILED' });
  });

  it('whose last words come after its end is believed', async () => {
    const watched = await playing();
    watched.process.exit(1, null, { silent: false });
    await quiet();
    expect(watched.exit).toBeUndefined();
    watched.process.say({ type: 'failed', fault: { code: 'PIPELINE_STUCK', message: 'nothing passes' } });
    watched.process.emit('disconnect');
    await quiet();
    expect(watched.exit).toMatchObject({ why: 'stuck', message: 'nothing passes' });
  });

  it('whose channel stays open after its end is not waited for', async () => {
    const watched = await playing();
    watched.process.exit(1, null, { silent: false });
    expect(await watched.child.ended).toMatchObject({ why: 'crash' });
  });

  it('that cannot be started has crashed before it played', async () => {
    const watched = watch();
    watched.process.pid = undefined;
    watched.process.emit('error', new Error('spawn EAGAIN'));
    expect(await watched.child.ended).toEqual({
      ...{ why: 'crash', message: 'its process ended (cannot be started: spawn EAGAIN)', playedMs: 0 },
    });
  });

  it('that cannot be killed has not ended', async () => {
    const watched = await playing();
    watched.process.emit('error', new Error('kill EPERM'));
    watched.process.emit('error', new Error('kill EPERM'));
    await pass(1_000);
    expect(watched.exit).toBeUndefined();
    watched.process.exit(null, 'SIGKILL');
    await quiet();
    expect(watched.exit).toMatchObject({ why: 'crash' });
  });
});
