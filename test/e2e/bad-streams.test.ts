/** Streams that are wrong, given to a running appliance: each is refused, and what runs does not notice. */
import { expect, test } from 'vitest';
import { startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { H264 } from '../support/paths.js';
import { specText } from '../support/spec.js';
import { until } from '../support/wait.js';

const BAD: readonly object[] = [
  {},
  { id: 'new' },
  { id: 'new', uri: 'gopher://x' },
  { id: 'new', uri: 'rtsp://u:p@c/1' },
  { id: 'new', uri: 'rtsp://2130706433/1' },
  { id: 'new', uri: 'file:///etc/passwd' },
  { id: 'new', uri: 'rtsp://c/1', colour: 'red' },
  { id: 'new', uri: 'rtsp://c/1', fps: 'many' },
  { id: 'new', uri: 'rtsp://c/1', user: '${env:U}' },
  { id: 'new', uri: 'rtsp://c/1', user: 'admin', password: 'hush' },
  { id: 'a\n[property]', uri: 'rtsp://c/1' },
  { id: 'ctl', uri: 'rtsp://c/1' },
  JSON.parse('{"id":"new","uri":"rtsp://c/1","__proto__":{"fps":1}}') as object,
  { id: 'good', uri: 'rtsp://c/other', latencyMs: -1 },
];

test('a bad stream changes nothing', async () => {
  await using nats = await startNats();
  await using cameras = await startCamsim({ cameras: [{ id: 'good', file: H264, fps: 15 }] });
  const streams = [{ id: 'good', uri: cameras.uris.good }];
  await using appliance = await startAppliance(specText(nats.url, { streams }));
  const before = await until('the good camera is live', async () => {
    const row = await appliance.row('good');
    return row.state === 'live' && row.frames > 5 && row;
  });
  for (const stream of BAD) {
    for (const operation of ['add', 'update'] as const) {
      const refusal = expect(
        appliance.channel[operation](stream),
        `${operation} ${JSON.stringify(stream)}`,
      ).rejects;
      await refusal.toMatchObject({ code: 'SPEC_INVALID' });
    }
  }
  await until('frames go on', async () => (await appliance.row('good')).frames > before.frames + 15);
  expect((await appliance.rows()).map(({ id }) => id)).toEqual(['good']);
  expect(await appliance.row('good')).toMatchObject({ state: 'live', epoch: 1, slot: before.slot });
  expect(appliance.log()).not.toContain('hush');
});
