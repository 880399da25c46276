/**
 * How Jetson modules are told apart; what each can do stands in the planner's data, under the same id. Part numbers:
 * NVIDIA's flashing guides and the device trees of public kernels.
 */

export const FAMILIES = {
  nano: { soc: 'tegra210', gpu: 'NVIDIA Tegra X1', computeCapability: '5.3' },
  tx2: { soc: 'tegra186', gpu: 'NVIDIA Tegra X2', computeCapability: '6.2' },
  xavier: { soc: 'tegra194', gpu: 'Xavier', computeCapability: '7.2' },
  orin: { soc: 'tegra234', gpu: 'Orin', computeCapability: '8.7' },
  thor: { soc: 'tegra264', gpu: 'NVIDIA Thor', computeCapability: '11.0' },
} as const satisfies Readonly<Record<string, { soc: string; gpu: string; computeCapability: string }>>;
export type Family = keyof typeof FAMILIES;

export interface Module {
  /** As in the planner's data. */
  readonly id: string;
  readonly family: Family;
  readonly parts: readonly string[];
}

export const MODULES: readonly Module[] = [
  {
    id: 'jetson-nano',
    family: 'nano',
    parts: ['p3448-0000', 'p3448-0002'],
  },
  {
    id: 'jetson-tx2',
    family: 'tx2',
    parts: ['p3310-1000', 'p3489-0000', 'p3489-0888', 'p3636-0001'],
  },
  {
    id: 'xavier-nx',
    family: 'xavier',
    parts: ['p3668-0000', 'p3668-0001', 'p3668-0003'],
  },
  {
    id: 'agx-xavier',
    family: 'xavier',
    parts: ['p2888-0001', 'p2888-0003', 'p2888-0004', 'p2888-0005'],
  },
  {
    id: 'orin-nano-4gb',
    family: 'orin',
    parts: ['p3767-0004'],
  },
  {
    id: 'orin-nano-8gb',
    family: 'orin',
    parts: ['p3767-0003', 'p3767-0005'],
  },
  {
    id: 'orin-nx-8gb',
    family: 'orin',
    parts: ['p3767-0001'],
  },
  {
    id: 'orin-nx-16gb',
    family: 'orin',
    parts: ['p3767-0000'],
  },
  {
    id: 'agx-orin-32gb',
    family: 'orin',
    // 0000 is that of the first developer kit: its GPU is the larger module's, its memory this one's.
    parts: ['p3701-0000', 'p3701-0004'],
  },
  {
    id: 'agx-orin-64gb',
    family: 'orin',
    parts: ['p3701-0005'],
  },
  {
    id: 'agx-orin-industrial',
    family: 'orin',
    parts: ['p3701-0008'],
  },
  {
    id: 'thor-t4000',
    family: 'thor',
    parts: ['p3834-0000'],
  },
  {
    id: 'thor-t5000',
    family: 'thor',
    parts: ['p3834-0008'],
  },
];

const BY_PART = new Map(MODULES.flatMap((module) => module.parts.map((part) => [part, module] as const)));

/** `part` as `p3767-0000`. */
export function moduleOf(part: string | undefined): Module | undefined {
  return part === undefined ? undefined : BY_PART.get(part);
}
