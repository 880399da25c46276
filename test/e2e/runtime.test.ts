/** Streams that come and go while the pipeline plays, over real RTSP and NATS. */
import { expect, test } from 'vitest';
import { record, startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { H264 } from '../support/paths.js';
import { specText } from '../support/spec.js';
import { until } from '../support/wait.js';
import { wireFaults } from '../support/wire.js';

const CAMERAS = ['a', 'b', 'c'];

test('streams are added, moved to another address, connected anew and removed; the others do not notice', async () => {
  await using nats = await startNats();
  await using recording = await record(nats.url);
  await using cameras = await startCamsim({ cameras: CAMERAS.map((id) => ({ id, file: H264, fps: 10 })) });
  const stream = (id: string, at = id) => ({ id, uri: cameras.uris[at], fps: 10 });
  const pipeline = {
    slots: 2,
    detector: { model: 'nanodet-320x256', rate: 1 },
    streams: [stream('a')],
  };
  await using appliance = await startAppliance(specText(nats.url, pipeline));
  const { channel } = appliance;
  const live = (id: string, epoch = 1) =>
    until(`${id} is live`, async () => {
      const row = await appliance.row(id);
      return row.state === 'live' && row.epoch >= epoch && row.frames > 5 && row;
    });
  await live('a');

  expect(await channel.add(stream('b'))).toMatchObject({ changed: true, stream: { id: 'b', slot: 1 } });
  await expect(channel.add(stream('c'))).rejects.toMatchObject({ code: 'SLOTS_FULL' });
  await live('b');
  await channel.update(stream('b', 'c'));
  await live('b', 2);
  expect(await channel.restart('b')).toMatchObject({ changed: true });
  const restarted = await live('b', 3);
  expect(restarted.losses).toMatchObject({ changed: 1, restart: 1 });
  expect([...(await channel.snapshot('b')).subarray(0, 2)]).toEqual([0xff, 0xd8]);

  const [removed, added] = await Promise.all([channel.remove('b'), channel.add(stream('c'))]);
  expect(removed).toMatchObject({ changed: true, stream: { state: 'stopped', epoch: 3 } });
  expect(removed.stream?.frames).toBeGreaterThan(10);
  expect(added).toMatchObject({ changed: true, stream: { id: 'c', slot: 1, frames: 0 } });
  await live('c');
  expect(await appliance.row('a')).toMatchObject({ state: 'live', epoch: 1, attempt: 0 });
  expect((await appliance.rows()).map(({ id }) => id)).toEqual(['a', 'c']);

  await until('all of them were heard', () =>
    CAMERAS.every((id) => recording.detections.some((d) => d.stream === id)),
  );
  expect(await appliance.stop()).toBe(0);
  const odd = recording.raw.filter(({ subject, text }) => !subject.includes(`.${JSON.parse(text).stream}.`));
  expect(odd).toEqual([]);
  expect(recording.statuses.findLast((s) => s.stream === 'b')?.state).toBe('stopped');
  expect(recording.raw.flatMap(({ text }) => wireFaults(JSON.parse(text)))).toEqual([]);
});
