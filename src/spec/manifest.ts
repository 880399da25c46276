/** Model manifests: `models/<name>.yaml`, what a model is, where it comes from and how it is fed. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { YamlSource } from './document.js';
import { WeirError } from './error.js';
import { deepFreeze } from './freeze.js';
import { problemsOf } from './issues.js';
import { MAX_BYTES } from './limits.js';
import { nearest } from './nearest.js';
import { choice, decimal, field, flag, text, whole } from './notes.js';
import { formatProblems, type Problem, show } from './problem.js';
import { ID_PATTERN } from './schema.js';
import { requireTrusted } from './trusted-file.js';
import type { Model } from './types.js';

/** The folder of the manifests that come with Weir. */
export const MODELS_DIR = resolve(dirname(fileURLToPath(import.meta.url)), '../../models');

const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const SYMBOL = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const LIBRARY = /^lib[A-Za-z0-9][A-Za-z0-9_-]{0,119}\.so$/;
const MAX_LABELS = 4096;

const fileName = (doc: string) =>
  text(FILE_NAME, { doc, expects: 'a plain file name of letters, digits, ".", "_" and "-"' });
const words = (doc: string) =>
  text(/^[^\p{Cc}]{1,512}$/u, { doc, expects: 'text of one line, at most 512 characters' });
const layer = text(/^[^\p{Cc};]{1,63}$/u, {
  doc: 'Name of a tensor.',
  expects: 'the name of a tensor, without ";"',
});

const inputSchema = z.strictObject({
  name: layer,
  width: whole(1, 8192, { doc: 'Width of the network.', unit: 'pixels' }),
  height: whole(1, 8192, { doc: 'Height of the network.', unit: 'pixels' }),
  channels: field(z.union([z.literal(1), z.literal(3)]), {
    doc: 'Channels of the network.',
    expects: '1 or 3',
  }).default(3),
  colorFormat: choice(['rgb', 'bgr', 'gray'], { doc: 'Order of the channels.' }).default('rgb'),
  scale: field(z.number().positive(), {
    doc: 'Factor after the offsets are subtracted.',
    expects: 'a number above 0',
  }).default(1),
  offsets: field(z.array(z.number().min(-1e6).max(1e6)).max(3), {
    doc: 'Mean per channel, in the order of the network.',
    expects: 'a list of one number per channel',
  }).default([]),
  maintainAspectRatio: flag({ doc: 'Keep the aspect ratio and pad with black.' }).default(false),
  symmetricPadding: flag({ doc: 'Pad on both sides, not only right and below.' }).default(false),
});

export const manifestSchema = z.strictObject({
  name: text(ID_PATTERN, {
    doc: 'Name of the model, that of the file.',
    expects: 'the name of the file without .yaml',
  }),
  description: words('What the model does.'),
  source: field(z.record(z.string(), z.json()), {
    doc: 'Where the weights come from: package, version, files, hashes.',
    expects: 'a map',
  }),
  licence: field(z.union([words('Licence of the weights.'), z.record(z.string(), z.json())]), {
    doc: 'Licence of the weights.',
    expects: 'an SPDX identifier, or a map with `spdx`',
  }),
  file: fileName('The ONNX file in the folder of weights.'),
  sha256: text(/^[0-9a-f]{64}$/, {
    doc: 'Hash of the ONNX file.',
    expects: '64 lower-case hexadecimal digits',
  }),
  int8: field(
    z.strictObject({
      file: fileName('The ONNX file in the folder of weights.'),
      sha256: text(/^[0-9a-f]{64}$/, {
        doc: 'Hash of the ONNX file.',
        expects: '64 lower-case hexadecimal digits',
      }),
      ranges: fileName(
        'Ranges of the tensors, in a file beside the manifest that scripts/model/calibrate.ts wrote.',
      ).optional(),
    }),
    {
      doc: 'The same weights quantised to 8 bits, for machines without a GPU.',
      expects: 'a map with `file` and `sha256`',
    },
  ).optional(),
  input: field(inputSchema, { doc: 'How the picture is fed.', expects: 'a map' }),
  outputs: field(
    z
      .array(z.union([layer, z.looseObject({ name: layer })]))
      .min(1)
      .max(64),
    {
      doc: 'Output tensors.',
      expects: 'a list of tensor names, or of maps with `name`',
    },
  ),
  labels: fileName('Labels, one per line, in a file beside the manifest.'),
  classes: whole(1, MAX_LABELS, { doc: 'Number of classes.' }),
  parser: field(
    z.strictObject({
      library: text(LIBRARY, {
        doc: 'File name of the library in the folder of libraries.',
        expects: 'a file name like libnvds_weir_parsers.so',
      }),
      function: text(SYMBOL, { doc: 'Exported function.', expects: 'the name of a C function' }),
    }),
    {
      doc: "Custom parser; absent: nvinfer's own for DetectNet_v2.",
      expects: 'a map with `library` and `function`',
    },
  ).optional(),
  thresholds: field(
    z.strictObject({
      confidence: decimal(0, 1, { doc: 'Confidence below which a detection is dropped.' }),
      iou: decimal(0, 1, { doc: 'Overlap above which the weaker of two boxes is dropped.' }).default(0.5),
      topk: whole(1, 100000, { doc: 'Most boxes kept per class and frame.' }).optional(),
    }),
    { doc: 'Thresholds where the spec sets none.', expects: 'a map with `confidence`' },
  ),
  cluster: choice(['nms', 'none'], { doc: 'How boxes are merged.' }).default('nms'),
});

export type ManifestResult =
  | { readonly ok: true; readonly model: Model }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Names of the models in a folder of manifests. */
export function modelNames(modelsDir: string = MODELS_DIR): string[] {
  if (!existsSync(modelsDir)) return [];
  return readdirSync(modelsDir)
    .filter((f) => f.endsWith('.yaml'))
    .map((f) => basename(f, '.yaml'))
    .sort();
}

/** Reads and checks a manifest and its labels; the weights need not be there. */
export function readManifest(path: string, modelDir: string): ManifestResult {
  const read = readText(path);
  if (typeof read !== 'string')
    return { ok: false, problems: [{ file: path, path: '', message: read.message }] };
  const source = new YamlSource(read, path);
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  const parsed = manifestSchema.safeParse(source.value);
  if (!parsed.success)
    return { ok: false, problems: problemsOf(source, manifestSchema, parsed.error.issues) };
  const labels = readLabels(join(dirname(path), parsed.data.labels));
  const problems = crossCheck(source, parsed.data, labels, path);
  if (problems.length > 0 || !Array.isArray(labels)) return { ok: false, problems };
  return { ok: true, model: deepFreeze(toModel(parsed.data, labels, path, modelDir)) };
}

function crossCheck(
  source: YamlSource,
  m: z.output<typeof manifestSchema>,
  labels: string[] | Error,
  path: string,
): Problem[] {
  const problems: Problem[] = [];
  if (m.name !== basename(path, '.yaml')) {
    problems.push(
      source.at(['name'], `got ${show(m.name)}, expected the name of the file: ${basename(path, '.yaml')}`),
    );
  }
  if (!Array.isArray(labels)) problems.push(source.at(['labels'], labels.message));
  else if (labels.length !== m.classes) {
    const message = `${m.labels} has ${labels.length} labels, but the model has ${m.classes} classes`;
    problems.push(
      source.at(['classes'], message, { remedy: 'one label per line and class, in the order of the model' }),
    );
  }
  const { offsets, channels, colorFormat } = m.input;
  if (offsets.length > 0 && offsets.length !== channels) {
    problems.push(
      source.at(['input', 'offsets'], `got ${offsets.length} offsets, expected ${channels}: one per channel`),
    );
  }
  if ((channels === 1) !== (colorFormat === 'gray')) {
    problems.push(
      source.at(['input', 'colorFormat'], `${colorFormat} does not go with ${channels} channels`),
    );
  }
  return problems;
}

function toModel(
  m: z.output<typeof manifestSchema>,
  labels: string[],
  path: string,
  modelDir: string,
): Model {
  const licence = typeof m.licence === 'string' ? m.licence : String(m.licence.spdx ?? '');
  const { topk, ...thresholds } = m.thresholds;
  return {
    name: m.name,
    description: m.description,
    licence,
    file: join(modelDir, m.file),
    sha256: m.sha256,
    ...(m.int8 ? { int8: { file: join(modelDir, m.int8.file), sha256: m.int8.sha256 } } : {}),
    input: m.input,
    outputs: m.outputs.map((o) => (typeof o === 'string' ? o : o.name)),
    labelsFile: join(dirname(path), m.labels),
    labels,
    ...(m.parser ? { parser: m.parser } : {}),
    thresholds: topk === undefined ? thresholds : { ...thresholds, topk },
    cluster: m.cluster,
  };
}

function readText(path: string): string | Error {
  try {
    if (statSync(path).size > MAX_BYTES) return new Error(`larger than ${MAX_BYTES} bytes`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    return new Error(`cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}`);
  }
}

function readLabels(path: string): string[] | Error {
  const read = readText(path);
  if (typeof read !== 'string') return new Error(`${basename(path)} ${read.message}`);
  const labels = read.replace(/(\r?\n)+$/, '').split(/\r?\n/);
  // nvinfer splits a line of labels at ";" and would read more than one label per class.
  const bad = labels.findIndex((l) => !/^[^\p{Cc};]{1,127}$/u.test(l));
  if (bad < 0) return labels;
  return new Error(`${basename(path)}:${bad + 1}: expected a label of 1 to 127 characters without ";"`);
}

/** The model of a name in `modelsDir` or of a manifest's path. Throws MODEL_UNKNOWN or MODEL_INVALID. */
export function loadManifest(
  model: string,
  options: { modelsDir?: string; modelDir: string; baseDir?: string },
): Model {
  const path = manifestPath(model, options);
  if (path === undefined)
    throw new WeirError('MODEL_UNKNOWN', unknownModel(model), { remedy: modelRemedy(model, options) });
  const result = readManifest(path, options.modelDir);
  if (result.ok) return result.model;
  throw new WeirError('MODEL_INVALID', formatProblems(result.problems), { remedy: 'correct the manifest' });
}

/** Where the manifest of a model lies; undefined where there is none. */
export function manifestPath(
  model: string,
  options: { modelsDir?: string; baseDir?: string },
): string | undefined {
  const path = /\.ya?ml$/.test(model)
    ? resolve(options.baseDir ?? '.', model)
    : ID_PATTERN.test(model)
      ? join(options.modelsDir ?? MODELS_DIR, `${model}.yaml`)
      : undefined;
  return path !== undefined && existsSync(path) ? path : undefined;
}

export function unknownModel(model: string): string {
  return `there is no model ${show(model)}`;
}

export function modelRemedy(model: string, options: { modelsDir?: string }): string {
  const names = modelNames(options.modelsDir);
  const near = nearest(model, names);
  if (near) return `did you mean "${near}"?`;
  return names.length > 0 ? `known: ${names.join(', ')}` : 'give the path of a manifest';
}

/**
 * Compares the weights with the hashes of the manifest; those in 8 bits where they are there, for not every machine needs them.
 * Throws MODEL_MISSING, MODEL_CORRUPT, or FILE_UNTRUSTED where they could be changed after the look.
 */
export async function verifyModel(model: Model): Promise<void> {
  await verifyWeights(model.name, model);
  if (model.int8 && existsSync(model.int8.file)) await verifyWeights(model.name, model.int8);
}

async function verifyWeights(name: string, { file, sha256 }: Pick<Model, 'file' | 'sha256'>): Promise<void> {
  const remedy = `fetch or build the model again, or put the right file at ${file}`;
  if (!existsSync(file)) {
    throw new WeirError('MODEL_MISSING', `model "${name}": ${file} does not exist`, { remedy });
  }
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new WeirError('MODEL_MISSING', `model "${name}": ${file} cannot be read`, { remedy, cause });
  }
  const actual = hash.digest('hex');
  if (actual !== sha256) {
    const message = `model "${name}": ${file} has SHA-256 ${actual}, expected ${sha256}`;
    throw new WeirError('MODEL_CORRUPT', message, { remedy });
  }
  requireTrusted(file, { what: 'weights' });
}
