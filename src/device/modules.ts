/**
 * Jetson modules, as far as Weir has to tell them apart. Part numbers: NVIDIA's flashing guides and the device trees of
 * public kernels. Decoder counts: NVIDIA's data sheets (Orin), codec notes (Thor), and tables that restate NVIDIA's (older).
 * Nothing here was measured.
 */

/** How far a figure can be trusted: read in a data sheet; in another text of NVIDIA; somebody restates NVIDIA; none. */
export type Trust = 'datasheet' | 'vendor' | 'third-party' | 'unconfirmed';

export const FAMILIES = {
  nano: { soc: 'tegra210', gpu: 'NVIDIA Tegra X1', computeCapability: '5.3' },
  tx2: { soc: 'tegra186', gpu: 'NVIDIA Tegra X2', computeCapability: '6.2' },
  xavier: { soc: 'tegra194', gpu: 'Xavier', computeCapability: '7.2' },
  orin: { soc: 'tegra234', gpu: 'Orin', computeCapability: '8.7' },
  thor: { soc: 'tegra264', gpu: 'NVIDIA Thor', computeCapability: '11.0' },
} as const satisfies Readonly<Record<string, { soc: string; gpu: string; computeCapability: string }>>;
export type Family = keyof typeof FAMILIES;

export interface Module {
  readonly id: string;
  readonly name: string;
  readonly family: Family;
  readonly parts: readonly string[];
  /** Whether it encodes video in hardware. */
  readonly encoder: boolean;
  /** Streams of 1920x1080 at 30 frames per second its decoders take, by codec. */
  readonly decodes: { readonly h264: number; readonly h265: number; readonly trust: Trust };
}

const decodes = (h264: number, h265: number, trust: Trust): Module['decodes'] => ({ h264, h265, trust });

export const MODULES: readonly Module[] = [
  {
    id: 'jetson-nano',
    name: 'Jetson Nano 4GB',
    family: 'nano',
    parts: ['p3448-0000', 'p3448-0002'],
    encoder: true,
    decodes: decodes(8, 8, 'third-party'),
  },
  {
    id: 'jetson-tx2',
    name: 'Jetson TX2 / TX2 NX',
    family: 'tx2',
    parts: ['p3310-1000', 'p3489-0000', 'p3489-0888', 'p3636-0001'],
    encoder: true,
    decodes: decodes(14, 14, 'unconfirmed'),
  },
  {
    id: 'xavier-nx',
    name: 'Jetson Xavier NX 8/16GB',
    family: 'xavier',
    parts: ['p3668-0000', 'p3668-0001', 'p3668-0003'],
    encoder: true,
    decodes: decodes(22, 44, 'third-party'),
  },
  {
    id: 'agx-xavier',
    name: 'Jetson AGX Xavier 32/64GB',
    family: 'xavier',
    parts: ['p2888-0001', 'p2888-0003', 'p2888-0004', 'p2888-0005'],
    encoder: true,
    decodes: decodes(32, 52, 'unconfirmed'),
  },
  {
    id: 'orin-nano-4gb',
    name: 'Jetson Orin Nano 4GB',
    family: 'orin',
    parts: ['p3767-0004'],
    encoder: false,
    decodes: decodes(7, 11, 'datasheet'),
  },
  {
    id: 'orin-nano-8gb',
    name: 'Jetson Orin Nano 8GB',
    family: 'orin',
    parts: ['p3767-0003', 'p3767-0005'],
    encoder: false,
    decodes: decodes(7, 11, 'datasheet'),
  },
  {
    id: 'orin-nx-8gb',
    name: 'Jetson Orin NX 8GB',
    family: 'orin',
    parts: ['p3767-0001'],
    encoder: true,
    decodes: decodes(11, 18, 'datasheet'),
  },
  {
    id: 'orin-nx-16gb',
    name: 'Jetson Orin NX 16GB',
    family: 'orin',
    parts: ['p3767-0000'],
    encoder: true,
    decodes: decodes(11, 18, 'datasheet'),
  },
  {
    id: 'agx-orin-32gb',
    name: 'Jetson AGX Orin 32GB',
    family: 'orin',
    // 0000 is that of the first developer kit: its GPU is the larger module's, its memory this one's.
    parts: ['p3701-0000', 'p3701-0004'],
    encoder: true,
    decodes: decodes(11, 18, 'datasheet'),
  },
  {
    id: 'agx-orin-64gb',
    name: 'Jetson AGX Orin 64GB',
    family: 'orin',
    parts: ['p3701-0005'],
    encoder: true,
    decodes: decodes(13, 22, 'datasheet'),
  },
  {
    id: 'agx-orin-industrial',
    name: 'Jetson AGX Orin Industrial 64GB',
    family: 'orin',
    parts: ['p3701-0008'],
    encoder: true,
    decodes: decodes(13, 23, 'datasheet'),
  },
  {
    id: 'thor-t4000',
    name: 'Jetson T4000 64GB',
    family: 'thor',
    parts: ['p3834-0000'],
    encoder: true,
    decodes: decodes(47, 43, 'vendor'),
  },
  {
    id: 'thor-t5000',
    name: 'Jetson T5000 128GB',
    family: 'thor',
    parts: ['p3834-0008'],
    encoder: true,
    decodes: decodes(95, 86, 'vendor'),
  },
];

const BY_PART = new Map(MODULES.flatMap((module) => module.parts.map((part) => [part, module] as const)));

/** `part` as `p3767-0000`. */
export function moduleOf(part: string | undefined): Module | undefined {
  return part === undefined ? undefined : BY_PART.get(part);
}
