import { join } from 'node:path';
import type { Machine } from '../device/machine.js';
import type { NativeBinding } from '../native/types.js';
import type { Versions } from './report.js';

const DEEPSTREAM_DIR = '/opt/nvidia/deepstream/deepstream';

/** `weir`: the version of the package. */
export async function versions(
  weir: string,
  binding: Pick<NativeBinding, 'info' | 'findElement'>,
  machine: Pick<Machine, 'read'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Versions> {
  const { provider, gstreamer } = binding.info();
  const deepstream =
    provider === 'nvidia'
      ? sdkVersion(await machine.read(join(env.DEEPSTREAM_ROOT ?? DEEPSTREAM_DIR, 'version')))
      : binding.findElement('nvinfer')?.version;
  return { provider, ...(deepstream && { deepstream }), gstreamer, node: process.versions.node, weir };
}

/** The SDK's file `version`. */
function sdkVersion(text: string | undefined): string | undefined {
  return /(\d+\.\d+(?:\.\d+)?)/.exec(text ?? '')?.[1];
}
