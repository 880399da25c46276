import type { Machine } from '../device/machine.js';
import { readDeepstream } from '../device/read-platform.js';
import type { NativeBinding } from '../native/types.js';
import type { Versions } from './report.js';

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
      ? await readDeepstream(machine, env.DEEPSTREAM_ROOT)
      : binding.findElement('nvinfer')?.version;
  return { provider, ...(deepstream && { deepstream }), gstreamer, node: process.versions.node, weir };
}
