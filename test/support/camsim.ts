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
  /** What its ONVIF profile tells of the picture, `1920x1080`; default: what is true. */
  readonly toldSize?: string;
}

/** A device by whose services the cameras are found; its profiles are the cameras. */
export interface CamsimOnvif {
  readonly name?: string;
  readonly user?: string;
  readonly password?: string;
  /** HTTP Digest instead of a token in the request. */
  readonly httpDigest?: boolean;
  /** Seconds its clock is ahead. */
  readonly clockOffset?: number;
  /** 1: the older service for profiles. */
  readonly mediaVersion?: 1 | 2;
  /** Default: any free one of 127.0.0.1. */
  readonly discoveryPort?: number;
  /** Answers what is sent to the group, on the loopback interface. */
  readonly multicast?: boolean;
}

/** What is wrong with all answers of the ONVIF device. */
export type OnvifFault = 'malformed' | 'bomb' | 'endless' | 'slow' | 'foreign' | 'redirect' | 'none';

export interface CamsimConfig {
  readonly cameras: readonly CamsimCamera[];
  /** Default: any free port of 127.0.0.1. */
  readonly port?: number;
  /** Each camera gets a TCP port of its own, whose link can fail: refuse, blackhole, throttle. */
  readonly ownPort?: boolean;
  readonly onvif?: CamsimOnvif;
}

/** Lasts until it is cleared, or for so many seconds. */
type Lasting<Fault> = Fault & { readonly seconds?: number };
/** Happens to a fraction of all packets, by chance that begins anew from the seed. */
type OfPackets<Fault> = Lasting<Fault & { readonly fraction: number; readonly seed?: number }>;

/** Faults between a camera and its clients. `refuse`, `blackhole` and `throttle` need `ownPort`. */
type NetworkFault =
  | { readonly kind: 'kill' }
  | Lasting<{ readonly kind: 'refuse' | 'blackhole' }>
  | Lasting<{ readonly kind: 'throttle'; readonly bytesPerSecond: number }>
  | Lasting<{ readonly kind: 'flap'; readonly everySeconds: number }>
  | OfPackets<{ readonly kind: 'loss' | 'corrupt' }>
  | OfPackets<{ readonly kind: 'reorder'; readonly distance?: number }>
  | Lasting<{ readonly kind: 'jitter'; readonly ms: number; readonly seed?: number }>;

/** Faults of the camera itself. Where `seconds` is required it is no duration: the fault lasts until cleared. */
type DeviceFault =
  | Lasting<{
      readonly kind: 'status';
      readonly code: 401 | 403 | 404 | 454 | 500 | 503;
      readonly drop?: boolean;
    }>
  | Lasting<{ readonly kind: 'freeze'; readonly rtcp?: boolean }>
  | Lasting<{ readonly kind: 'frozenPicture' }>
  | { readonly kind: 'lateKey'; readonly seconds: number }
  | Lasting<{ readonly kind: 'switch'; readonly file: string; readonly codec?: 'h264' | 'h265' }>
  | Lasting<{ readonly kind: 'switch'; readonly codec: 'jpeg' | 'pcmu' }>
  | Lasting<{ readonly kind: 'rate'; readonly fps: number }>
  | { readonly kind: 'timestampJump' | 'timestampWrap'; readonly seconds: number }
  | Lasting<{ readonly kind: 'ntp'; readonly offset?: number }>
  | Lasting<{ readonly kind: 'ssrc'; readonly value: number }>;

/**
 * What a camera can be made to suffer; `camsim --help` tells more. One of a kind at a time: a second one takes the
 * first one's place. `kill` and `timestampJump` are over at once.
 */
export type CameraFault = NetworkFault | DeviceFault;

export interface CameraRun {
  readonly firstFrame: number;
  readonly frames: number;
  /** When its first frame was due, Unix milliseconds; the others follow at the camera's rate. */
  readonly began: number;
}

/**
 * What a camera has sent. Frames are numbered on and on: frame n shows the file's frame n modulo `fileFrames`.
 * A run lasts from the first client's PLAY until the last client is gone; its frames
 * `firstFrame` … `firstFrame + frames - 1` were sent one after the other, save `framesDropped`, which no client
 * took, and `framesWithheld`, which a fault kept back. It begins with a key frame. A second client joins the run;
 * its `firstFrame` is the first key frame after its PLAY. Over all runs, `frames` add up to
 * `framesSent - framesRepeated + framesDropped + framesWithheld`.
 */
export interface CameraStats {
  readonly id: string;
  readonly fileFrames: number;
  readonly framesSent: number;
  readonly framesDropped: number;
  /** Sent again under a number that was counted already: `frozenPicture`. */
  readonly framesRepeated: number;
  /** By the kind of fault. */
  readonly framesWithheld: Readonly<Record<string, number>>;
  readonly runs: readonly CameraRun[];
  /** Clients that play now. */
  readonly viewers: readonly { readonly firstFrame: number }[];
  /** RTP packets: `sent` went out, some of them `reordered` or `corrupted`; `lost` ones did not. */
  readonly packets: {
    readonly sent: number;
    readonly lost: number;
    readonly reordered: number;
    readonly corrupted: number;
  };
  /** Those that last now. */
  readonly faults: readonly CameraFault[];
}

export interface Camsim extends AsyncDisposable {
  readonly port: number;
  /** Of 127.0.0.1; takes the same lines of JSON as camsim's standard input, from any number of clients. */
  readonly controlPort: number;
  readonly pid: number;
  /** By camera id; without credentials. */
  readonly uris: Readonly<Record<string, string>>;
  /** Ports of the ONVIF device; 0 where there is none. */
  readonly onvif: { readonly port: number; readonly discoveryPort: number };
  spoilOnvif(kind: OnvifFault): Promise<void>;
  /** How often the ONVIF device was asked what. */
  onvifAsked(): Promise<Readonly<Record<string, number>>>;
  /** By camera id. */
  stats(): Promise<Readonly<Record<string, CameraStats>>>;
  /** No frame is sent any more (RTCP goes on), by one camera or all. What was sent can then be counted. */
  pause(camera?: string): Promise<void>;
  resume(camera?: string): Promise<void>;
  /** To one camera, or all. It has begun when this resolves. */
  fault(camera: string | undefined, fault: CameraFault): Promise<void>;
  /** Ends all faults of one camera, or of all. */
  clear(camera?: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

interface Ready {
  readonly port: number;
  readonly controlPort: number;
  readonly cameras: readonly { readonly id: string; readonly uri: string }[];
  readonly onvif?: Camsim['onvif'];
}

const isJson = (line: string): boolean => line.startsWith('{');

/** Starts simulated cameras; resolves when they answer. Rejects with what camsim said when it cannot start. */
export async function startCamsim(config: CamsimConfig): Promise<Camsim> {
  const child = new Running(program('camsim'), ['--config', '-', '--control', '0', '--exit-with-stdin']);
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
    controlPort: ready.controlPort,
    pid: child.pid,
    uris: Object.fromEntries(ready.cameras.map(({ id, uri }) => [id, uri])),
    onvif: ready.onvif ?? { port: 0, discoveryPort: 0 },
    spoilOnvif: async (kind) => void (await ask({ op: 'onvif', kind })),
    onvifAsked: async () => {
      const { onvif = {} } = (await ask({ op: 'stats' })) as { onvif?: Record<string, number> };
      return onvif;
    },
    stats: async () => {
      const { cameras } = (await ask({ op: 'stats' })) as { cameras: CameraStats[] };
      return Object.fromEntries(cameras.map((camera) => [camera.id, camera]));
    },
    pause: async (camera) => void (await ask({ op: 'pause', camera })),
    resume: async (camera) => void (await ask({ op: 'resume', camera })),
    fault: async (camera, fault) => void (await ask({ op: 'fault', camera, ...fault })),
    clear: async (camera) => void (await ask({ op: 'clear', camera })),
    kill: (signal) => child.kill(signal),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
