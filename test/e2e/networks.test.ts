/** `cameraNetworks`, and certificates, as an appliance tells them. */
import { expect, test } from 'vitest';
import { record, startAppliance } from '../support/appliance.js';
import { selfSigned } from '../support/certificates.js';
import { startNats } from '../support/nats.js';
import { startRtspServer } from '../support/rtsp-server.js';
import { specText } from '../support/spec.js';
import { tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

function spec(
  nats: string,
  uris: Readonly<Record<string, string>>,
  cameraNetworks: readonly string[],
): string {
  const streams = Object.entries(uris).map(([id, uri]) => ({ id, uri }));
  return specText(nats, { streams }, { cameraNetworks });
}

test('a camera outside cameraNetworks is not connected to, whatever it is called', async () => {
  await using nats = await startNats();
  await using recording = await record(nats.url);
  await using camera = await startRtspServer();
  const { port } = camera;
  const uris = {
    address: `rtsp://127.0.0.1:${port}/x`,
    mapped: `rtsp://[::ffff:127.0.0.1]:${port}/x`,
    name: `rtsp://localhost:${port}/x`,
    behind: `rtsps://localhost:${port}/x`,
  };
  await using appliance = await startAppliance(spec(nats.url, uris, ['10.0.0.0/8']));
  const told = (id: string) => recording.statuses.findLast((s) => s.stream === id && s.cause === 'forbidden');
  await until('every refusal is told', () => Object.keys(uris).every(told));
  expect(told('address')).toMatchObject({ state: 'failed', message: '127.0.0.1 is not in cameraNetworks' });
  expect(told('mapped')).toMatchObject({ message: '127.0.0.1 is not in cameraNetworks' });
  expect(await appliance.stop()).toBe(0);
  expect(camera.connections).toBe(0);
});

test('a certificate nobody vouches for is told as such, and nothing is asked over it', async () => {
  await using nats = await startNats();
  await using recording = await record(nats.url);
  await using dir = await tempDir();
  await using camera = await startRtspServer({ tls: await selfSigned(dir.path, { names: 'IP:127.0.0.1' }) });
  await using plain = await startRtspServer();
  const uris = { own: `rtsps://127.0.0.1:${camera.port}/x`, none: `rtsps://127.0.0.1:${plain.port}/x` };
  await using appliance = await startAppliance(spec(nats.url, uris, ['127.0.0.0/8']));
  const { cause } = recording;
  await until('both are told', () => cause('own') && cause('none'));
  expect(cause('own')).toMatchObject({ cause: 'tls', state: 'failed' });
  expect(cause('own')?.message).toContain('is self-signed and not among those this system trusts');
  expect(['tls', 'timeout']).toContain(cause('none')?.cause);
  expect(await appliance.stop()).toBe(0);
  expect(camera.requests).toEqual([]);
});
