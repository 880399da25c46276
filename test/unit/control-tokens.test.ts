import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Tokens } from '../../src/control/http/tokens.js';
import { WeirError } from '../../src/spec/error.js';
import { parseSecretRef, type SecretRef } from '../../src/spec/secret.js';
import type { TokenSpec } from '../../src/spec/types.js';
import { openDoors, TOKENS } from '../support/control.js';
import { withTempDir } from '../support/temp.js';

const LONG = 'a-token-of-some-length';

function spec(name: string, ref: string, more: Partial<TokenSpec> = {}): TokenSpec {
  return { name, token: parseSecretRef(ref) as SecretRef, scope: 'read', ...more };
}

function failure(specs: readonly TokenSpec[], env: NodeJS.ProcessEnv = {}): string {
  try {
    new Tokens(specs, env);
  } catch (error) {
    if (error instanceof WeirError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no failure';
}

describe('a token', () => {
  it('says who asks, what they may do and which cameras they see', () => {
    const specs = [spec('a', '${env:A}'), spec('b', '${env:B}', { scope: 'operate', cameras: ['yard-*'] })];
    const tokens = new Tokens(specs, { A: LONG, B: `${LONG}=` });
    const actor = (name: string) => ({ door: 'http', name });
    expect(tokens.find(LONG)).toEqual({ actor: actor('a'), scope: 'read', remote: true });
    expect(tokens.find(`${LONG}=`)).toEqual({
      actor: actor('b'),
      scope: 'operate',
      cameras: ['yard-*'],
      remote: true,
    });
    expect(tokens.find('')).toBeUndefined();
    expect(tokens.find(LONG.toUpperCase())).toBeUndefined();
  });

  it.each([
    ['missing', undefined, '${env:A}: there is no value'],
    ['short', 'x'.repeat(15), '${env:A}: the token "a" is shorter than 16 characters'],
    [
      'unfit for a header',
      `${LONG} 1`,
      '${env:A}: the token "a" has characters that cannot be sent in a header',
    ],
    [
      'unfit for a header',
      `${LONG}é`,
      '${env:A}: the token "a" has characters that cannot be sent in a header',
    ],
  ])('that is %s is refused', (_what, value, message) => {
    const told = failure([spec('a', '${env:A}')], { A: value });
    expect(told).toBe(`SECRET_UNAVAILABLE: ${message}`);
    if (value) expect(told).not.toContain(value);
  });

  it('of two holders is refused: nobody would know who asks', () => {
    const told = failure([spec('a', '${env:A}'), spec('b', '${env:B}')], { A: LONG, B: LONG });
    expect(told).toBe('SECRET_UNAVAILABLE: ${env:B}: the token "b" is that of "a" too');
  });

  it.each([
    [0o600, true],
    [0o400, true],
    [0o644, false],
    [0o604, false],
    [0o660, false],
    [0o602, false],
  ])('in a file of mode %o is taken: %s', async (mode, taken) => {
    await withTempDir((dir) => {
      const path = join(dir, 'token');
      writeFileSync(path, `${LONG}\n`);
      chmodSync(path, mode);
      const told = failure([spec('a', `\${file:${path}}`)]);
      const refusal =
        `SECRET_UNAVAILABLE: \${file:${path}}: the token "a" may be used by others: ` +
        `the mode of its file is 0${mode.toString(8)}, expected 0600`;
      expect(told).toBe(taken ? 'no failure' : refusal);
    });
  });

  it('keeps the doors shut where it is refused', async () => {
    const control = { tokens: [{ name: 'a', token: '${env:NOT_SET}', scope: 'read' }] };
    await expect(openDoors({ control })).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' });
  });

  it('is nowhere but in the header that carries it', async () => {
    const specs = [spec('a', '${env:A}')];
    expect(inspect(new Tokens(specs, { A: LONG }), { depth: 9, showHidden: true })).not.toContain(LONG);
    await using doors = await openDoors();
    const wrong = `${TOKENS.admin}-mistyped`;
    const answers = [
      await doors.tcp({ as: 'admin', path: '/operations' }),
      await doors.tcp({ as: 'reader', path: '/operations' }),
      await doors.tcp({ path: '/status', headers: { authorization: `Bearer ${wrong}` } }),
      await doors.tcp({ as: 'admin', path: `/streams/${TOKENS.admin}` }),
    ];
    const said =
      answers.map(({ text, headers }) => JSON.stringify([text, headers])).join() + doors.log.join();
    expect(said).toContain('a request with an unknown token');
    for (const token of [...Object.values(TOKENS).filter((each) => each !== TOKENS.admin), wrong])
      expect(said).not.toContain(token);
    expect(doors.log.join()).not.toContain(TOKENS.admin);
  });
});
