/** A site that is cut off from its hub goes on alone; what must not be lost reaches the hub afterwards, once. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { expect, test } from 'vitest';
import { startAppliance } from '../support/appliance.js';
import { startBroker, storedEvents } from '../support/broker.js';
import { cameras, deliverySpec, framesSince, incident, rowOf, status, took } from '../support/delivery.js';
import { type DeployFolder, deployFolder } from '../support/deploy-folder.js';
import { startRelay } from '../support/fleet/relay.js';
import { startNats } from '../support/nats.js';
import { assemble } from '../support/owned.js';
import { reportPart } from '../support/reliability.js';
import { freePort, until } from '../support/wait.js';

const FLEET = 'fleet_events';
const MORE = 5;

interface Site extends AsyncDisposable {
  readonly url: string;
  readonly folder: DeployFolder;
}

/** The server of deploy/, as a leaf of the hub behind that port: without TLS, which needs a name. */
function startSite(port: number): Promise<Site> {
  return assemble(async (own) => {
    const uncomment = (text: string) => text.replace('# include leaf-node.conf', 'include leaf-node.conf');
    const folder = own(await deployFolder(uncomment));
    const leaf = join(folder.path, 'leaf-node.conf');
    const remote = readFileSync(leaf, 'utf8').replace(/url: ".*?"/, `url: "nats-leaf://127.0.0.1:${port}"`);
    writeFileSync(leaf, remote.replace(/, credentials: [^}]*/, ''));
    const { url } = own(await startNats({ args: ['--config', folder.config], jetstream: false }));
    return { url, folder };
  });
}

test('a site that was cut off from its hub: it lacks nothing meanwhile, and the hub has every event afterwards, once', async () => {
  const hubPort = await freePort();
  await using relay = await startRelay(hubPort);
  // A hub tells its leaves where it is; they would find a way around the relay.
  const leafnodes = `leafnodes { listen: "127.0.0.1:${hubPort}", advertise: "127.0.0.1:${relay.port}" }`;
  await using hub = await startBroker({ config: leafnodes, domain: 'hub' });
  await using site = await startSite(relay.port);
  await using cams = await cameras(2);
  const secret = (name: string) => `\${file:${join(site.folder.path, 'secrets', name)}}`;
  const nats = { url: site.url, user: secret('nats-user'), password: secret('nats-password') };
  await using appliance = await startAppliance(deliverySpec('', cams, { nats }));
  const desk = { servers: site.url, user: 'weir-desk', pass: site.folder.secret('nats-desk-password') };
  const [here, there] = [await connect(desk), await connect({ servers: hub.url })];
  const [local, fleet] = [await here.jetstreamManager(), await there.jetstreamManager()];
  const kept = async (): Promise<number> => {
    if ((await status(appliance)).events.waiting > 0) return 0;
    return (await local.streams.info('weir_gate_events')).state.messages;
  };
  await until('the site has events', async () => (await status(appliance)).events.acknowledged > 0);
  const source = { name: 'weir_gate_events', external: { api: '$JS.gate.API', deliver: '' } };
  await fleet.streams.add({ name: FLEET, sources: [source] });
  const atHub = async () => (await fleet.streams.info(FLEET)).state.messages;
  const inStep = async () => (await atHub()) === (await kept());
  let detections = 0;
  there.subscribe('weir.gate.*.detections', { callback: () => void detections++ });
  await until('the hub has them', inStep);
  await until('the hub hears detections', () => detections > 0);

  await relay.shut();
  const since = await framesSince(appliance);
  const before = await kept();
  for (let n = 1; n <= MORE; n++) {
    await incident(cams);
    await until('the site keeps what happened', async () => (await kept()) >= before + n);
  }
  expect((await status(appliance)).nats.kind).toBe('connected');
  expect((await kept()) - (await atHub())).toBeGreaterThanOrEqual(MORE);

  await relay.open();
  const backMs = await took(until('the hub has caught up', inStep));
  const heard = detections;
  await until('the hub hears detections again', () => detections > heard);
  const name = 'a leaf node cut off from its hub';
  reportPart('leaf', [rowOf({ row: 23, name, backMs, backTargetMs: 20_000, others: await since() })]);
  const all = await storedEvents({ servers: hub.url }, { stream: FLEET });
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.filter(({ kind }) => kind === 'timestamps').length).toBeGreaterThanOrEqual(MORE);
  await here.close();
  await there.close();
});
