import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatSecretRef, parseSecretRef, resolveSecret, Secret, WeirError } from '../../src/spec/index.js';
import { withTempDir } from '../support/temp.js';

function errorOf(use: () => unknown): WeirError {
  try {
    use();
  } catch (error) {
    if (error instanceof WeirError) return error;
  }
  throw new Error('expected a WeirError');
}

describe('Secret', () => {
  it('prints as *** wherever it goes', () => {
    const secret = new Secret('hunter2');
    const prints = [
      `${secret}`,
      String(secret),
      JSON.stringify({ secret }),
      inspect({ a: [secret] }),
      secret + '',
    ];
    for (const text of prints) {
      expect(text).toContain('***');
      expect(text).not.toContain('hunter2');
    }
    expect(Object.keys(secret)).toEqual([]);
    expect(secret.reveal()).toBe('hunter2');
  });
});

describe('a reference', () => {
  it.each(['${env:CAM_PASSWORD}', '${file:/run/secrets/cam 1}'])('%s is read and written back', (text) => {
    const ref = parseSecretRef(text);
    expect(ref && formatSecretRef(ref)).toBe(text);
  });

  it.each([
    'hunter2',
    '${env:}',
    '${env:1A}',
    '${env:A}x',
    '${file:relative}',
    '${file:/a\nb}',
    '$env:A',
    '${ENV:A}',
  ])('%j is none', (text) => expect(parseSecretRef(text)).toBeUndefined());

  it('is resolved from the environment', () => {
    expect(resolveSecret({ from: 'env', name: 'A' }, { A: ' p w ' }).reveal()).toBe(' p w ');
  });

  it('is resolved from a file, without the last line end', async () => {
    await withTempDir((dir) => {
      const path = join(dir, 'secret');
      writeFileSync(path, 'line 1\nline 2\r\n');
      expect(resolveSecret({ from: 'file', path }).reveal()).toBe('line 1\nline 2');
    });
  });

  it('without a value is an error that names it and the remedy', () => {
    const missing = errorOf(() => resolveSecret({ from: 'env', name: 'CAM' }, {}));
    expect(missing).toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      exitCode: 78,
      message: '${env:CAM}: there is no value',
      remedy: 'set CAM in the environment of weir',
    });
    const unreadable = errorOf(() => resolveSecret({ from: 'file', path: '/nowhere/x' }));
    expect(unreadable.message).toContain('${file:/nowhere/x}');
  });
});
