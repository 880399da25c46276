import { program } from './paths.js';
import { Running } from './process.js';

export interface CamsimCamera {
  readonly id: string;
  /** Annex-B H.264 or H.265, or MP4; no B-frames. */
  readonly file: string;
  readonly fps: number;
  readonly codec?: 'h264' | 'h265';
  /** Frame of the file to begin near. */
  readonly start?: number;
  readonly user?: string;
  readonly password?: string;
}

export interface CamsimConfig {
  readonly cameras: readonly CamsimCamera[];
  /** Default: any free port of 127.0.0.1. */
  readonly port?: number;
}

/**
 * What a camera has sent. Frames are numbered on and on: frame n shows the file's frame n modulo `fileFrames`.
 * A run lasts from the first client's PLAY until the last client is gone; its frames
 * `firstFrame` … `firstFrame + frames - 1` were sent one after the other, save `framesDropped`, which no client
 * took. It begins with a key frame. A second client joins the run; its `firstFrame` is the first key frame after
 * its PLAY.
 */
export interface CameraStats {
  readonly id: string;
  readonly fileFrames: number;
  readonly framesSent: number;
  readonly framesDropped: number;
  readonly runs: readonly { readonly firstFrame: number; readonly frames: number }[];
  /** Clients that play now. */
  readonly viewers: readonly { readonly firstFrame: number }[];
}

export interface Camsim extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** By camera id; without credentials. */
  readonly uris: Readonly<Record<string, string>>;
  /** By camera id. */
  stats(): Promise<Readonly<Record<string, CameraStats>>>;
  /** No frame is sent any more (RTCP goes on), by one camera or all. What was sent can then be counted. */
  pause(camera?: string): Promise<void>;
  resume(camera?: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

interface Ready {
  readonly port: number;
  readonly cameras: readonly { readonly id: string; readonly uri: string }[];
}

const isJson = (line: string): boolean => line.startsWith('{');

/** Starts simulated cameras; resolves when they answer. Rejects with what camsim said when it cannot start. */
export async function startCamsim(config: CamsimConfig): Promise<Camsim> {
  const child = new Running(program('camsim'), ['--config', '-', '--exit-with-stdin']);
  child.write(`${JSON.stringify(config)}\n`);
  try {
    const ready = JSON.parse(await child.line(isJson)) as Ready;
    return face(child, ready);
  } catch (error) {
    await child.stop();
    throw error;
  }
}

function face(child: Running, ready: Ready): Camsim {
  let last: Promise<unknown> = Promise.resolve();
  const ask = (request: object): Promise<unknown> => {
    const answer = last.then(async () => {
      const from = child.lines.length;
      child.write(`${JSON.stringify(request)}\n`);
      const reply = JSON.parse(await child.line(isJson, { from })) as { error?: string };
      if (reply.error !== undefined) throw new Error(`camsim: ${reply.error}`);
      return reply;
    });
    last = answer.catch(() => {});
    return answer;
  };
  const stop = (): Promise<void> => child.stop();
  return {
    port: ready.port,
    pid: child.pid,
    uris: Object.fromEntries(ready.cameras.map(({ id, uri }) => [id, uri])),
    stats: async () => {
      const { cameras } = (await ask({ op: 'stats' })) as { cameras: CameraStats[] };
      return Object.fromEntries(cameras.map((camera) => [camera.id, camera]));
    },
    pause: async (camera) => void (await ask({ op: 'pause', camera })),
    resume: async (camera) => void (await ask({ op: 'resume', camera })),
    kill: (signal) => child.kill(signal),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
