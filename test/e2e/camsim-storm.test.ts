import { expect, it } from 'vitest';
import type { CameraFault } from '../support/camsim.js';
import { expectBalance, FaultyCameras, framesCome } from '../support/faulty-cameras.js';
import { until } from '../support/wait.js';

const cameras = new FaultyCameras({ ownPort: true });
const FAULTS: CameraFault[] = [
  { kind: 'kill' },
  { kind: 'switch', codec: 'jpeg', seconds: 0.2 },
  { kind: 'freeze', seconds: 0.1 },
  { kind: 'switch', codec: 'pcmu', seconds: 0.15 },
  { kind: 'refuse', seconds: 0.1 },
  { kind: 'jitter', ms: 100, seconds: 0.2 },
  { kind: 'kill' },
  { kind: 'frozenPicture', seconds: 0.2 },
  { kind: 'blackhole', seconds: 0.1 },
  { kind: 'ssrc', value: 7 },
  { kind: 'corrupt', fraction: 0.3, seconds: 0.3 },
  { kind: 'throttle', bytesPerSecond: 4000, seconds: 0.2 },
];

/** Connects again whenever the camera ends the connection; answers how often it came to PLAY. */
async function insist(over: () => boolean): Promise<number> {
  let played = 0;
  while (!over()) {
    await using client = cameras.client();
    const ended = until('the connection ends', () => client.end !== undefined || over());
    const playing = client.play(cameras.uri()).then(() => {
      played++;
      return ended;
    });
    await Promise.race([playing, ended]);
  }
  return played;
}

it('a camera goes on answering while faults come and go, and all its frames are accounted for', async () => {
  let over = false;
  await using other = await cameras.watching('cam2');
  const clients = [insist(() => over), insist(() => over)];
  for (let turn = 0; turn < 10 * FAULTS.length; turn++) {
    await cameras.camsim.fault('cam1', FAULTS[turn % FAULTS.length] as CameraFault);
    await framesCome(other, 1 + (turn % 3));
  }
  await cameras.camsim.clear();
  over = true;
  expect(Math.min(...(await Promise.all(clients)))).toBeGreaterThan(10);
  await using client = await cameras.watching();
  await framesCome(client, 10);
  const stats = await cameras.stats();
  expect(stats.runs.length).toBeLessThan(256); // or the oldest would be forgotten
  expectBalance(stats);
});
