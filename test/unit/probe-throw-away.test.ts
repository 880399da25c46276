/** What a probe makes of the ways its process may end. The process is played by scripts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { throwAway, type ThrowAwayOptions } from '../../src/probe/throw-away.js';
import { GOOD_CAMERA } from '../support/probe-facts.js';
import { type TempDir, tempDir } from '../support/temp.js';

let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir.remove());

const REQUEST = {
  target: { uri: 'rtsp://192.0.2.1/secret/path', user: '${env:U}', password: '${file:/p}' },
  ...{ seconds: 0, timeoutMs: 0, picture: false },
};
let scripts = 0;

/** `body` runs when the request has come, with `say` and `request`. */
function play(body: string, options: ThrowAwayOptions = {}, request = REQUEST) {
  const entry = join(dir.path, `${scripts++}.mjs`);
  const say = 'const say = (m) => new Promise((done) => process.send(m, done));';
  writeFileSync(entry, `${say}\nprocess.once('message', async (request) => {\n${body}\n});\n`);
  return throwAway(request, { entry, graceMs: 20_000, ...options });
}

const ready = `await say({ type: 'ready' });`;
const facts = (more: object = {}) => JSON.stringify({ type: 'facts', facts: { ...GOOD_CAMERA, ...more } });

it('facts come through, and the process is gone', async () => {
  const answer = await play(`${ready} await say(${facts()}); setInterval(() => {}, 1000);`);
  expect(answer.facts).toEqual(GOOD_CAMERA);
});

it('last words count, though the process has ended', async () => {
  const answer = play(
    `${ready} await say({ type: 'failure', cause: 'refused', message: 'm' }); process.exit(1);`,
  );
  await expect(answer).rejects.toMatchObject({
    code: 'PROBE_FAILED',
    message: 'rtsp://192.0.2.1/…: refused: m',
    cause: { reason: 'refused' },
  });
});

it('what is wrong on this machine keeps its code', async () => {
  const fault = `{ type: 'fault', code: 'SECRET_UNAVAILABLE', message: 'm', remedy: 'r' }`;
  await expect(play(`await say(${fault});`)).rejects.toMatchObject({
    ...{ code: 'SECRET_UNAVAILABLE', message: 'm', remedy: 'r' },
  });
});

it.each([
  ['a signal', `process.kill(process.pid, 'SIGSEGV');`, 'SIGSEGV'],
  ['an exit', 'process.exit(3);', 'exit code 3'],
])('a crash by %s is a finding once the camera was met, and our fault before', async (_how, end, how) => {
  await expect(play(`${ready} ${end}`)).rejects.toMatchObject({
    code: 'PROBE_FAILED',
    message: expect.stringContaining(`crashed the process that tried it (${how})`),
    remedy: expect.stringContaining('do not add this camera'),
  });
  await expect(play(end)).rejects.toMatchObject({
    code: 'INTERNAL',
    message: `the process to probe with ended before it began (${how})`,
  });
});

it('one that hangs is killed', async () => {
  await expect(play(`${ready} for (;;);`, { graceMs: 100 })).rejects.toMatchObject({
    code: 'PROBE_FAILED',
    message: expect.stringContaining('timeout: the camera kept the probe busy for 0.1 s: it was killed'),
  });
  await expect(play('for (;;);', { loadMs: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' });
});

it.each([
  ['nothing we know', '42'],
  ['facts with holes', `{ type: 'facts', facts: {} }`],
  ['numbers out of bounds', facts({ width: -1 })],
  ['a cause that is none', `{ type: 'failure', cause: '__proto__', message: 'm' }`],
  ['a code that is none', `{ type: 'fault', code: 'toString', message: 'm' }`],
])('a process that has been taken over and says %s is not believed', async (_what, said) => {
  await expect(play(`${ready} await say(${said});`)).rejects.toMatchObject({
    code: 'PROBE_FAILED',
    message: expect.stringContaining('talks nonsense'),
  });
});

it('words of the camera do not reach the terminal as they are', async () => {
  const nasty = `\u001b[2J\u202eH264${'x'.repeat(100)}`;
  const { facts: clean } = await play(`${ready} await say(${facts({ codec: nasty })});`);
  expect(clean.codec).toMatch(/^\[2J H264x+…$/);
  const said = JSON.stringify({ type: 'failure', cause: 'codec', message: `a\u0007b\nc` });
  await expect(play(`${ready} await say(${said});`)).rejects.toMatchObject({
    message: 'rtsp://192.0.2.1/…: codec: a b c',
  });
});

it('the process gets the secrets it needs and no other', async () => {
  const told = `await say({ type: 'fault', code: 'IO', message: Object.keys(process.env).sort().join(' ') });`;
  const env = {
    PATH: process.env.PATH,
    U: 'user',
    NATS_PASSWORD: 'x',
    GST_DEBUG_FILE: '/x',
    NODE_OPTIONS: '',
  };
  const { message } = (await play(told, { env }).catch((error: unknown) => error)) as Error;
  expect(message.split(' ').filter((name) => !name.startsWith('NODE_CHANNEL'))).toEqual([
    ...['GST_DEBUG_FILE', 'PATH', 'U'],
  ]);
});
