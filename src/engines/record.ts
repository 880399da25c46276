/** `<engine>.json`: what an engine was built from and for. */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { WeirError } from '../spec/error.js';
import { PARTS } from './fingerprint.js';
import { unfinishedPath, writeWhole } from './files.js';

const FORMAT = 1;
const MAX_BYTES = 64 * 1024;
const parts = Object.fromEntries(PARTS.map((part) => [part, z.string().max(1024).nullable()]));

const recordSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** Size of the engine: another file under its name has another, as a rule. */
  bytes: z.int().positive(),
  builtAt: z.iso.datetime(),
  seconds: z.number().nonnegative(),
  /** Absolute path of the model. */
  onnx: z.string().max(4096),
  arguments: z.array(z.string().max(8192)).max(64),
  fingerprint: z.strictObject(parts as Record<(typeof PARTS)[number], z.ZodNullable<z.ZodString>>),
});

export type EngineRecord = z.output<typeof recordSchema>;
export type NewRecord = Omit<EngineRecord, 'format'>;

export function recordPath(engine: string): string {
  return `${engine}.json`;
}

/** Undefined where there is none, or what is there is none that this version knows. */
export async function readRecord(engine: string): Promise<EngineRecord | undefined> {
  const path = recordPath(engine);
  try {
    if ((await stat(path)).size > MAX_BYTES) return undefined;
    const read = recordSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** Durable, and whole or not at all. Throws IO. */
export async function writeRecord(engine: string, record: NewRecord): Promise<void> {
  const path = recordPath(engine);
  try {
    await writeWhole(
      path,
      `${JSON.stringify({ format: FORMAT, ...record }, null, 2)}\n`,
      unfinishedPath(engine),
    );
  } catch (cause) {
    throw new WeirError('IO', `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
