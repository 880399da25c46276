/** What the checks of the device share. */
import type { Machine } from '../../device/machine.js';
import type { Module } from '../../device/modules.js';
import type { Platform } from '../../device/platform.js';
import type { Device as Capacity } from '../../planner/index.js';
import type { Check } from './check.js';

export interface DeviceOptions {
  readonly machine: Machine;
  readonly env: NodeJS.ProcessEnv;
  /** What the addon was built for, and its GStreamer's version; undefined where it cannot be loaded. */
  readonly addon?: { readonly provider: string; readonly gstreamer: string } | undefined;
  /** URIs of the streams that are decoded; undefined without a spec. */
  readonly streams?: readonly string[] | undefined;
  /** Where engines are written. */
  readonly modelDir?: string | undefined;
}

/** What the checks of the device are given. */
export interface Device extends DeviceOptions {
  readonly jetson: boolean;
  /** Where DeepStream is. */
  readonly root: string;
  readonly platform: Platform;
  readonly module: Module | undefined;
  /** What that module can do. */
  readonly capacity: Capacity | undefined;
}

/** Undefined: does not apply here. */
export type DeviceCheck = (device: Device) => Check | undefined | Promise<Check | undefined>;
