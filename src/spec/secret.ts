/** Secrets: written in the spec as references, read only where they are used, never printed. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { WeirError } from './error.js';

/** Where a secret is to be read. Safe to print and to store. */
export type SecretRef =
  { readonly from: 'env'; readonly name: string } | { readonly from: 'file'; readonly path: string };

const MASK = '***';
const MAX_SECRET_BYTES = 64 * 1024;
export const SECRET_SYNTAX = '${env:NAME} or ${file:/absolute/path}';
export const SECRET_PATTERN = /^\$\{(?:env:([A-Za-z_][A-Za-z0-9_]{0,127})|file:(\/[^\p{Cc}{}]{1,1023}))\}$/u;

/** A value that prints as `***` wherever it ends up; only `reveal()` gives it out. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

/** Undefined when the text is not a reference. */
export function parseSecretRef(text: string): SecretRef | undefined {
  const match = SECRET_PATTERN.exec(text);
  if (match?.[1] !== undefined) return { from: 'env', name: match[1] };
  if (match?.[2] !== undefined) return { from: 'file', path: match[2] };
  return undefined;
}

export function formatSecretRef(ref: SecretRef): string {
  return ref.from === 'env' ? `\${env:${ref.name}}` : `\${file:${ref.path}}`;
}

/**
 * Reads the secret. One line end at the end of a file does not count.
 * Throws SECRET_UNAVAILABLE, naming the reference and never the value.
 */
export function resolveSecret(ref: SecretRef, env: NodeJS.ProcessEnv = process.env): Secret {
  return secretOf(ref, ref.from === 'env' ? env[ref.name] : readSecretFile(ref));
}

/** The same, where nothing may wait for a slow disk. */
export async function readSecret(ref: SecretRef, env: NodeJS.ProcessEnv = process.env): Promise<Secret> {
  if (ref.from === 'env') return secretOf(ref, env[ref.name]);
  const text = await readFile(ref.path, 'utf8').catch((cause: Error) => {
    throw unreadable(ref, cause);
  });
  return secretOf(ref, contentOf(ref, text));
}

function secretOf(ref: SecretRef, value: string | undefined): Secret {
  if (value !== undefined && value !== '') return new Secret(value);
  throw new WeirError('SECRET_UNAVAILABLE', `${formatSecretRef(ref)}: there is no value`, {
    remedy:
      ref.from === 'env' ? `set ${ref.name} in the environment of weir` : `write the secret into ${ref.path}`,
  });
}

type FileRef = SecretRef & { from: 'file' };

function readSecretFile(ref: FileRef): string {
  try {
    return contentOf(ref, readFileSync(ref.path, 'utf8'));
  } catch (cause) {
    throw cause instanceof WeirError ? cause : unreadable(ref, cause as Error);
  }
}

function contentOf(ref: FileRef, text: string): string {
  if (text.length > MAX_SECRET_BYTES)
    throw unreadable(ref, new Error(`larger than ${MAX_SECRET_BYTES} bytes`));
  return text.replace(/\r?\n$/, '');
}

function unreadable(ref: FileRef, cause: Error): WeirError {
  return new WeirError('SECRET_UNAVAILABLE', `${formatSecretRef(ref)}: ${cause.message}`, {
    remedy: 'create the file and make it readable by the user weir runs as, mode 0600',
    cause,
  });
}
