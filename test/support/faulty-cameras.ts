import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, expect } from 'vitest';
import { scene } from '../../scripts/footage/scene.js';
import { type Camsim, type CameraStats, type CamsimConfig, startCamsim } from './camsim.js';
import { RtspClient } from './rtsp.js';
import { until } from './wait.js';

export const FPS = 20;
export const RTP = 0;
export const RTCP = 1;

/** Cameras `cam1` and `cam2` for the tests of one `describe`, and clients by hand that watch them. */
export class FaultyCameras {
  #camsim?: Camsim;

  constructor(config: Partial<CamsimConfig> = {}) {
    beforeAll(async () => {
      const { file } = await scene({ seed: 21, frames: 50, fps: FPS, objects: 2, seamFrames: 5 });
      const cameras = ['cam1', 'cam2'].map((id) => ({ id, file, fps: FPS }));
      this.#camsim = await startCamsim({ cameras, ...config });
    });
    afterAll(() => this.#camsim?.stop());
  }

  get camsim(): Camsim {
    if (this.#camsim === undefined) throw new Error('camsim has not been started');
    return this.#camsim;
  }

  uri(id = 'cam1'): string {
    return this.camsim.uris[id] as string;
  }

  /** One that has only connected. */
  client(id = 'cam1'): RtspClient {
    return new RtspClient(Number(new URL(this.uri(id)).port));
  }

  /** One to whom pictures come. */
  async watching(id = 'cam1'): Promise<RtspClient> {
    const client = this.client(id);
    await client.play(this.uri(id));
    await comes(client, 5);
    return client;
  }

  /** Of `cam1`. */
  async stats(): Promise<CameraStats> {
    return (await this.camsim.stats()).cam1 as CameraStats;
  }

  /** Stops `cam1` and waits until `client` has all packets that were sent since `before`, when it came. */
  async settle(client: RtspClient, before: CameraStats): Promise<CameraStats> {
    await this.camsim.pause('cam1');
    const after = await this.stats();
    const sent = after.packets.sent - before.packets.sent;
    await until(`all ${sent} packets come`, () => client.packets(RTP).length === sent);
    await this.camsim.resume('cam1');
    return after;
  }
}

/** What the runs say was sent is what was sent. */
export function expectBalance(stats: CameraStats): void {
  const inRuns = stats.runs.reduce((sum, run) => sum + run.frames, 0);
  const withheld = Object.values(stats.framesWithheld).reduce((a, b) => a + b, 0);
  expect(inRuns).toBe(stats.framesSent - stats.framesRepeated + stats.framesDropped + withheld);
}

export interface UdpPorts extends Disposable {
  /** For SETUP. */
  readonly transport: string;
  /** Packets that came so far, by RTP and RTCP. */
  readonly received: readonly [rtp: number, rtcp: number];
}

export async function openUdpPorts(): Promise<UdpPorts> {
  const received: [number, number] = [0, 0];
  const sockets = ([RTP, RTCP] as const).map((channel) => createSocket('udp4', () => received[channel]++));
  const close = (): void => sockets.forEach((socket) => socket.close());
  for (const socket of sockets) {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
  }
  const ports = sockets.map((socket) => socket.address().port).join('-');
  return { transport: `RTP/AVP;unicast;client_port=${ports}`, received, [Symbol.dispose]: close };
}

/** So many packets come that have not come so far. */
export async function comes(client: RtspClient, packets: number, channel = RTP): Promise<void> {
  const before = client.packets(channel).length;
  await until(`${packets} packets come`, () => client.packets(channel).length >= before + packets);
}

const times = (client: RtspClient): Set<number> =>
  new Set(client.packets(RTP).map((packet) => packet.readUInt32BE(4)));

/** So many frames come that have not come so far. */
export async function framesCome(client: RtspClient, frames: number): Promise<void> {
  const before = times(client).size;
  await until(`${frames} frames come`, () => times(client).size >= before + frames);
}

/** No RTP comes to `client` while `other`, which is well, gets that of ten frames. */
export async function staysSilent(client: RtspClient, other: RtspClient): Promise<boolean> {
  await framesCome(other, 3); // what was under way arrives
  const before = client.packets(RTP).length;
  await framesCome(other, 10);
  return client.packets(RTP).length === before;
}

export const isReport = (packet: Buffer): boolean => packet.readUInt8(1) === 200;

/**
 * The connection was ended by the camera: how. A reset right behind data may look like a plain close here, because
 * Node then does not read on to the error.
 */
export const ended = (client: RtspClient): Promise<string> => until('the connection ends', () => client.end);
