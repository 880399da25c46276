import { afterAll, beforeAll } from 'vitest';
import { type Scene, scene } from '../../scripts/footage/scene.js';
import { type Camsim, type CameraStats, type CamsimConfig, startCamsim } from './camsim.js';
import { RtspClient } from './rtsp.js';
import { until } from './wait.js';

export const FPS = 20;
export const RTP = 0;
export const RTCP = 1;

/** Cameras `cam1` and `cam2` for the tests of one `describe`, and clients by hand that watch them. */
export class FaultyCameras {
  #camsim?: Camsim;
  #film?: Scene;

  constructor(config: Partial<CamsimConfig> = {}) {
    beforeAll(async () => {
      this.#film = await scene({ seed: 21, frames: 50, fps: FPS, objects: 2, seamFrames: 5 });
      const { file } = this.#film;
      const cameras = ['cam1', 'cam2'].map((id) => ({ id, file, fps: FPS }));
      this.#camsim = await startCamsim({ cameras, ...config });
    });
    afterAll(() => this.#camsim?.stop());
  }

  get camsim(): Camsim {
    if (this.#camsim === undefined) throw new Error('camsim has not been started');
    return this.#camsim;
  }

  get film(): Scene {
    if (this.#film === undefined) throw new Error('the film has not been made');
    return this.#film;
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

  async stats(id = 'cam1'): Promise<CameraStats> {
    return (await this.camsim.stats())[id] as CameraStats;
  }

  /** Stops a camera and waits until `client` has all packets that were sent since it came, `before` of them earlier. */
  async settle(client: RtspClient, before: CameraStats, id = 'cam1'): Promise<CameraStats> {
    await this.camsim.pause(id);
    const after = await this.stats(id);
    const sent = after.packets.sent - before.packets.sent;
    await until(`all ${sent} packets come`, () => client.packets(RTP).length === sent);
    await this.camsim.resume(id);
    return after;
  }
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
