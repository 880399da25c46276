/** Checks of the machine below, for where there is a Jetson or the addon is for NVIDIA. */
import { moduleOf } from '../../device/modules.js';
import { DEEPSTREAM_ROOT, isJetson, readPlatform } from '../../device/read-platform.js';
import { deviceOfPart } from '../../planner/index.js';
import { type Check, warned } from './check.js';
import { checkAccess, checkClocks, checkDisk, checkMemory, checkPowerMode } from './device-state.js';
import type { Device, DeviceCheck, DeviceOptions } from './device-type.js';
import { checkPlugins, checkRtpManager } from './plugins.js';
import {
  checkCuda,
  checkDecoder,
  checkDeepstream,
  checkDevice,
  checkEncoder,
  checkGstreamer,
  checkTensorrt,
} from './releases.js';

const CHECKS: readonly DeviceCheck[] = [
  checkDevice,
  checkProvider,
  checkDeepstream,
  checkCuda,
  checkTensorrt,
  checkGstreamer,
  checkPlugins,
  checkRtpManager,
  checkAccess,
  checkPowerMode,
  checkClocks,
  checkDecoder,
  checkEncoder,
  checkMemory,
  checkDisk,
];

/** None on other machines. */
export async function examineDevice(options: DeviceOptions): Promise<Check[]> {
  const { machine, env, addon } = options;
  const jetson = await isJetson(machine);
  if (!jetson && addon?.provider !== 'nvidia') return [];
  const root = env.DEEPSTREAM_ROOT ?? DEEPSTREAM_ROOT;
  const platform = await readPlatform(machine, root);
  const { part } = platform;
  const known = { module: moduleOf(part), capacity: deviceOfPart(part) };
  const device: Device = { ...options, jetson, root, platform, ...known };
  const checks = await Promise.all(CHECKS.map(async (check) => check(device)));
  return checks
    .flatMap((check) => check ?? [])
    .map((check) => (addon?.provider === 'standin' ? soften(check) : check));
}

/** The stand-in needs nothing of NVIDIA's. */
function soften(check: Check): Check {
  const { name, ok, detail, remedy = '' } = check;
  return ok ? check : warned(name, detail, remedy);
}

function checkProvider({ addon }: Device): Check | undefined {
  if (addon?.provider !== 'standin') return undefined;
  return warned(
    'provider',
    'the addon is for the stand-in: the CPU decodes and infers, GPU and decoders stay idle',
    'install DeepStream, then run scripts/setup',
  );
}
