/** Detectors made for a test: weights, labels and the manifest that names them. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Answers the path of the manifest, which is the spec's `detector.model`; the other files lie beside it. */
export async function writeModel(
  dir: string,
  onnx: Uint8Array,
  labels: readonly string[],
  manifest: { readonly name: string } & Readonly<Record<string, unknown>>,
): Promise<string> {
  const { name } = manifest;
  const files = { file: `${name}.onnx`, labels: `labels-${name}.txt` };
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  const outputs = ['conv_cov', 'conv_bbox'];
  const path = join(dir, `${name}.yaml`);
  await writeFile(join(dir, files.file), onnx);
  await writeFile(join(dir, files.labels), `${labels.join('\n')}\n`);
  await writeFile(path, JSON.stringify({ ...files, sha256, outputs, classes: labels.length, ...manifest }));
  return path;
}
