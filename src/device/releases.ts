/** Which releases of NVIDIA's software belong together. From NVIDIA's installation pages and its JetPack archive. */
import { type Family, moduleOf } from './modules.js';
import type { Platform } from './platform.js';

/** Jetson Linux → JetPack. Releases that are not listed are told by their first number alone. */
const JETPACKS: Readonly<Record<string, string>> = {
  '32.6.1': '4.6',
  '32.7.1': '4.6.1',
  '32.7.2': '4.6.2',
  '32.7.3': '4.6.3',
  '35.2.1': '5.1',
  '35.3.1': '5.1.1',
  '35.4.1': '5.1.2',
  '35.5.0': '5.1.3',
  '36.2.0': '6.0 DP',
  '36.3.0': '6.0',
  '36.4.0': '6.1',
  '36.4.3': '6.2',
  '36.4.4': '6.2.1',
  '36.5.0': '6.2.2',
  '36.5.2': '6.2.3',
  '38.2.0': '7.0',
  '38.2.1': '7.0',
  '38.4.0': '7.1',
  '39.2.0': '7.2',
  '39.2.1': '7.2.1',
};
const GENERATIONS: Readonly<Record<string, string>> = {
  '32': '4.x',
  '34': '5.x',
  '35': '5.x',
  '36': '6.x',
  '38': '7.x',
  '39': '7.x',
};

/** As `6.2`, or `6.x` where only the generation is known. */
export function jetpackOf(l4t: string): string | undefined {
  return JETPACKS[l4t] ?? GENERATIONS[l4t.split('.')[0] ?? ''];
}

/** What a release of DeepStream was made for on Jetson. Versions are beginnings: `36.4` stands for all of 36.4. */
export interface Release {
  readonly deepstream: string;
  readonly jetpack: string;
  readonly l4t: readonly string[];
  readonly cuda: string;
  readonly tensorrt: string;
  readonly gstreamer: string;
  readonly families: readonly Family[];
}

export const RELEASES: readonly Release[] = [
  {
    deepstream: '6.0',
    jetpack: '4.6',
    l4t: ['32.6', '32.7'],
    cuda: '10.2',
    tensorrt: '8',
    gstreamer: '1.14',
    families: ['nano', 'tx2', 'xavier'],
  },
  {
    deepstream: '6.3',
    jetpack: '5.1.2 or 5.1.3',
    l4t: ['35.4', '35.5'],
    cuda: '11.4',
    tensorrt: '8.5',
    gstreamer: '1.16',
    families: ['xavier', 'orin'],
  },
  // Not confirmed.
  {
    deepstream: '7.0',
    jetpack: '6.0',
    l4t: ['36.3'],
    cuda: '12.2',
    tensorrt: '8.6',
    gstreamer: '1.20',
    families: ['orin'],
  },
  {
    deepstream: '7.1',
    jetpack: '6.1 or 6.2',
    l4t: ['36.4'],
    cuda: '12.6',
    tensorrt: '10.3',
    gstreamer: '1.20',
    families: ['orin'],
  },
  // Not confirmed.
  {
    deepstream: '8.0',
    jetpack: '7.0',
    l4t: ['38.2'],
    cuda: '13.0',
    tensorrt: '10',
    gstreamer: '1.24',
    families: ['thor'],
  },
  {
    deepstream: '9.0',
    jetpack: '7.1',
    l4t: ['38.4'],
    cuda: '13.1',
    tensorrt: '10.14',
    gstreamer: '1.24',
    families: ['thor'],
  },
  {
    deepstream: '9.1',
    jetpack: '7.2',
    l4t: ['39.2'],
    cuda: '13.2',
    tensorrt: '10.16',
    gstreamer: '1.24',
    families: ['orin', 'thor'],
  },
];

/** Those Weir is meant for: between them they reach every module DeepStream still supports. */
export const SUPPORTED = ['7.1', '9.1'] as const;

/** Whether a version is `beginning` or one of its revisions: `36.4.3` of `36.4`, not `36.40`. */
export function isOf(version: string, beginning: string): boolean {
  return version === beginning || version.startsWith(`${beginning}.`);
}

/** Of a version of DeepStream. */
export function releaseOf(deepstream: string): Release | undefined {
  return RELEASES.find((row) => isOf(deepstream, row.deepstream));
}

/** The supported releases a module can have; all of them where the module is not known. */
export function releasesFor({ part }: Pick<Platform, 'part'>): readonly Release[] {
  const family = moduleOf(part)?.family;
  return RELEASES.filter(
    ({ deepstream, families }) =>
      SUPPORTED.some((each) => each === deepstream) && (family === undefined || families.includes(family)),
  );
}
