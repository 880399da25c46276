/** What removed pipelines have left in their spools reaches a real JetStream, once. */
import { writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EventSink } from '../../src/sinks/events/event-sink.js';
import { openNats } from '../../src/sinks/nats-link.js';
import { LeftEvents } from '../../src/supervisor/left-events.js';
import { startBroker, storedEvents } from '../support/broker.js';
import { ownedByEachTest } from '../support/owned-by-test.js';
import { tempDir } from '../support/temp.js';
import { freePort, until } from '../support/wait.js';

const own = ownedByEachTest();
const MIB = 1024 ** 2;
const EVENTS = { maxAgeHours: 24, maxBytes: 16 * MIB, spoolBytes: 4 * MIB };

async function appliance() {
  const folder = join(own(await tempDir()).path, 'events');
  const port = await freePort();
  const link = openNats({ servers: [`nats://127.0.0.1:${port}`], name: 'test', retryMs: 20 });
  own({ [Symbol.asyncDispose]: () => link.close(200) });
  const open = (spool: string) =>
    new EventSink({
      ...{ scope: { prefix: 'weir', appliance: 'gate' }, events: EVENTS, link, folder: spool },
      ...{ rates: { burst: 100 }, outbox: { retryMs: 20 } },
      ...{ onState: () => undefined, onSpoolProblem: () => undefined },
    });
  const lines: string[] = [];
  const leftEvents = () => own(new LeftEvents({ folder, open, log: (message) => lines.push(message) }));
  /** Events of a worker that ended while the broker was away. */
  const worked = async (pipeline: string, count: number): Promise<void> => {
    const sink = open(join(folder, pipeline));
    for (let n = 0; n < count; n++)
      sink.emit({ stream: pipeline, kind: 'live', time: 0, epoch: 1, message: '', data: { n } });
    await sink.close();
  };
  return { folder, leftEvents, lines, worked, broker: async () => own(await startBroker({ port })) };
}

it('is delivered when the broker is back, and the spools are taken away; those of others are left alone', async () => {
  const { folder, leftEvents, lines, worked, broker } = await appliance();
  const left = leftEvents();
  await worked('yard', 20);
  await worked('roof', 3);
  await worked('_supervisor', 1);
  await left.adopt(new Set(['roof']));
  const names = await readdir(folder);
  expect(names.filter((name) => !name.startsWith('_left-yard-')).sort()).toEqual(['_supervisor', 'roof']);
  // A pipeline may have the name again before all is delivered, and go once more.
  await worked('yard', 5);
  await left.adopt(new Set(['roof']));
  const { url } = await broker();
  await until('they are gone', async () => (await readdir(folder)).join() === '_supervisor,roof');
  const all = await storedEvents({ servers: url });
  expect(all.map(({ stream }) => stream)).toEqual(Array(25).fill('yard'));
  expect(new Set(all.map(({ id }) => id)).size).toBe(25);
  await until('it is told', () => lines.length === 2);
  expect(new Set(lines)).toEqual(new Set(['events of a removed pipeline were delivered']));
});

it('stays on disk when the appliance ends first, and is taken up by the next one', async () => {
  const { folder, leftEvents, worked, broker } = await appliance();
  await worked('yard', 4);
  const first = leftEvents();
  await first.adopt(new Set());
  await first[Symbol.asyncDispose]();
  const [name = ''] = await readdir(folder);
  expect(name).toMatch(/^_left-yard-/);
  await leftEvents().adopt(new Set());
  const { url } = await broker();
  await until('they are gone', async () => (await readdir(folder)).length === 0);
  expect((await storedEvents({ servers: url })).map(({ data }) => data.n)).toEqual([0, 1, 2, 3]);
});

it('is nothing where no pipeline was removed, or the folder is a file', async () => {
  const { folder, leftEvents, lines } = await appliance();
  const left = leftEvents();
  await left.adopt(new Set());
  writeFileSync(folder, '');
  await left.adopt(new Set());
  expect(lines).toEqual(['events of removed pipelines are left where they are']);
});
