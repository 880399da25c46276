import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel } from '../../src/worker/log.js';
import { Redactor } from '../../src/worker/redact.js';

const USER = 'operator';
const PASSWORD = 'ca/n@ry "7f\\3a" %ü';

function known(): Redactor {
  const redactor = new Redactor();
  redactor.addPair(USER, PASSWORD);
  return redactor;
}

/** Everything somebody could read the password in. */
const SPELLINGS: Readonly<Record<string, string>> = {
  raw: PASSWORD,
  'percent-encoded': encodeURIComponent(PASSWORD),
  'percent-encoded in lower case': encodeURIComponent(PASSWORD).replace(/%../g, (c) => c.toLowerCase()),
  'encoded for a whole URI': encodeURI(PASSWORD),
  'encoded for a form': encodeURIComponent(PASSWORD).replaceAll('%20', '+'),
  'in JSON': JSON.stringify(PASSWORD).slice(1, -1),
  'in JSON in JSON': JSON.stringify(JSON.stringify(PASSWORD)).slice(3, -3),
  'in base64': Buffer.from(PASSWORD).toString('base64'),
  'as Basic authorization': Buffer.from(`${USER}:${PASSWORD}`).toString('base64'),
  'in base64 for URLs': Buffer.from(`${USER}:${PASSWORD}`).toString('base64url'),
};

describe('redaction of what is known', () => {
  it.each(Object.entries(SPELLINGS))('%s', (_, spelling) => {
    expect(known().clean(`before ${spelling} after`)).toBe('before *** after');
  });

  it('hides a secret that begins with another as a whole', () => {
    const redactor = new Redactor();
    redactor.add('pass');
    redactor.add('password1');
    expect(redactor.clean('password1 pass')).toBe('*** ***');
  });

  it('takes what looks like a pattern literally', () => {
    const redactor = new Redactor();
    redactor.add('a.c+(b)|[d]$^{2}\\-/');
    expect(redactor.clean('abc a.c+(b)|[d]$^{2}\\-/ x')).toBe('abc *** x');
  });

  it('hides the lines of a long secret one by one', () => {
    const redactor = new Redactor();
    redactor.add('-----BEGIN-----\neyJhbGciOiJlZDI1NTE5\nshort\nSUAMK2FG4MI6UE3ACF3F\n');
    expect(redactor.clean('jwt eyJhbGciOiJlZDI1NTE5, seed SUAMK2FG4MI6UE3ACF3F, short')).toBe(
      'jwt ***, seed ***, short',
    );
  });

  it('does not look for three characters or less, which would blank out words', () => {
    const redactor = new Redactor();
    redactor.addPair('me', 'cam');
    expect(redactor.clean('camera of me')).toBe('camera of me');
    expect(redactor.clean(`Basic ${Buffer.from('me:cam').toString('base64')}`)).toBe('Basic ***');
    expect(redactor.clean('rtsp://me:cam@host/x user-pw=cam')).toBe('rtsp://***@host/x user-pw=***');
  });

  it('leaves nothing of any secret, wherever it stands', () => {
    const secret = fc.string({ unit: 'binary', minLength: 4, maxLength: 40 });
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (password, before, after) => {
        // What is around it could complete a second one.
        fc.pre(!before.includes(password) && !after.includes(password) && !'***'.includes(password));
        const redactor = new Redactor();
        redactor.add(password);
        const cleaned = redactor.clean(`${before} ${password} ${after}`);
        expect(cleaned).toContain('***');
        expect(cleaned.split('***').some((part) => part.includes(password))).toBe(false);
      }),
    );
  });
});

describe('redaction of where credentials stand', () => {
  it.each([
    ['rtsp://u:p@host/x', 'rtsp://***@host/x'],
    ['rtsp://u:p@ss/w@host/x', 'rtsp://***@host/x'],
    ['to "rtsps://u@host": no', 'to "rtsps://***@host": no'],
    ['nats://a:b@h:1 and rtsps://u@h', 'nats://***@h:1 and rtsps://***@h'],
    ['location=rtsp://u:p@h/1 latency=200', 'location=rtsp://***@h/1 latency=200'],
    ['rtspsrc user-id=admin user-pw=p;a)b latency=2', 'rtspsrc user-id=*** user-pw=*** latency=2'],
    ['user-pw=(string)"a \\" b", x=1', 'user-pw=***, x=1'],
    ['label="user-pw=\\"a b\\"\\lx"', 'label="user-pw=***\\lx"'],
    ['{"user-pw":"a b"}', '{"user-pw":***}'],
    ['Authorization: Basic dTpw\r\nCSeq: 3', 'Authorization: ***\r\nCSeq: 3'],
    ['proxy-authorization=Bearer abc.def', 'proxy-authorization=***'],
    [
      'Digest username="u", response="0123456789abcdef0123456789abcdef", uri="/"',
      'Digest username="u", response=***, uri="/"',
    ],
  ])('%s', (text, cleaned) => {
    expect(new Redactor().clean(text)).toBe(cleaned);
  });

  it.each([
    'rtsp://192.0.2.1:554/stream2?channel=1',
    'no answer from cam@site',
    'response=404 not found',
    'Could not open resource for reading and writing. Failed to connect. (Generic error)',
  ])('leaves alone: %s', (text) => {
    expect(known().clean(text)).toBe(text);
  });

  it('takes no time over text made to cost some', () => {
    const evil = [
      'a://'.repeat(20_000),
      'a.'.repeat(40_000),
      'user-pw="\\'.repeat(5_000),
      '\\'.repeat(50_000),
    ];
    const redactor = known();
    const before = process.cpuUsage();
    for (const text of evil) redactor.clean(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(5);
  });
});

function logger(level: LogLevel, readable = false) {
  const lines: string[] = [];
  const redactor = new Redactor();
  const log = createLogger({ level, readable, redactor, write: (line) => void lines.push(line) });
  return { log, lines, redactor };
}

describe('the log', () => {
  it.each(Object.entries(SPELLINGS))('holds no password: %s', (_, spelling) => {
    for (const readable of [false, true]) {
      const { log, lines, redactor } = logger('debug', readable);
      const child = log.child({ stream: 'cam-1', note: spelling });
      // What is known only later is hidden from then on, in children too.
      redactor.addPair(USER, PASSWORD);
      child.info(`open ${spelling}`);
      child.warn({ reason: spelling, deep: { list: [{ text: spelling }] } }, 'x %s', spelling);
      child.error({ err: new Error(`cannot open ${spelling}`) }, 'failed');
      child.debug({ location: `rtsp://${USER}:${PASSWORD}@192.0.2.1/x` });
      child.info({ password: 'p', 'user-pw': 'p', params: { user: 'u' }, source: { token: 't' } }, 'y');
      const all = lines.join('');
      expect(lines).toHaveLength(5);
      for (const each of Object.values(SPELLINGS)) expect(all).not.toContain(each);
      // In the line itself every text is in JSON once more.
      expect(all).not.toContain(JSON.stringify(spelling).slice(1, -1));
      if (!readable) for (const line of lines) expect(JSON.parse(line)).toMatchObject({ stream: 'cam-1' });
      expect(all).not.toMatch(/"[put]"|=[pt]\b/);
    }
  });

  it('keeps names and numbers though a secret is spelt as they are', () => {
    const { log, lines, redactor } = logger('info');
    for (const secret of ['cam-1', '1234', 'info', 'stream']) redactor.add(secret);
    log.child({ stream: 'cam-1' }).info({ retryInMs: 1234, reason: 'cam-1' }, 'live');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      stream: 'cam-1',
      retryInMs: 1234,
      reason: '***',
      msg: 'live',
    });
  });

  it('tells what is as important as asked for, or more', () => {
    const { log, lines } = logger('warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['c', 'd']);
  });

  it('lets nobody move the cursor of a terminal', () => {
    const { log, lines } = logger('info', true);
    log.info({ reason: '\u001b[2Jgone\u009b1A' }, 'a\nb\u0007');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, -1)).not.toMatch(/\p{Cc}/u);
    expect(lines[0]).toContain('\\u001b[2Jgone');
  });
});
