/** A wrong password: cameras lock accounts, so each connection tries it once. */
import { expect, test } from 'vitest';
import { openPipeline } from '../support/open-pipeline.js';
import { startRtspServer, unauthorized } from '../support/rtsp-server.js';

const login = { user: 'admin', password: 'wrong' };

test.each(['Basic realm="x"', 'Digest realm="x", nonce="n"', 'Digest realm="x", nonce="n", stale=TRUE'])(
  'a camera that asks for %s gets one login',
  async (challenge) => {
    await using pipeline = await openPipeline();
    await using camera = await startRtspServer({ answers: { DESCRIBE: unauthorized(challenge) } });
    expect(await pipeline.failure(0, `rtsp://127.0.0.1:${camera.port}/x`, login)).toMatchObject({
      cause: 'unauthorized',
      status: 401,
    });
    expect(camera.logins).toHaveLength(1);
  },
);

test('a camera that wants one gets none where the spec has none', async () => {
  await using pipeline = await openPipeline();
  const answers = { DESCRIBE: unauthorized('Basic realm="x"') };
  await using camera = await startRtspServer({ answers });
  const uri = `rtsp://127.0.0.1:${camera.port}/x`;
  expect(await pipeline.failure(0, uri)).toMatchObject({ cause: 'unauthorized', status: 401 });
  expect(camera.logins).toEqual([]);
});
