/** What synthetic scenes look like: shared by the scene generator and the detector that reads them exactly. */

/** Picture and network size in pixels. Scenes are drawn at this size; nothing scales them. */
export const SCENE = { width: 640, height: 360 } as const;

export interface ObjectKind {
  readonly name: string;
  /** R, G, B in 0..255, full range; drawn solid. */
  readonly rgb: readonly [number, number, number];
}

/** Objects: class id is the index. */
export const OBJECT_KINDS = [
  { name: 'red', rgb: [255, 0, 0] },
  { name: 'green', rgb: [0, 255, 0] },
  { name: 'blue', rgb: [0, 0, 255] },
  { name: 'yellow', rgb: [255, 255, 0] },
  { name: 'magenta', rgb: [255, 0, 255] },
  { name: 'cyan', rgb: [0, 255, 255] },
] as const satisfies readonly ObjectKind[];

/**
 * Objects are axis-aligned rectangles wholly inside the picture and below the bit strip; left, top, width and
 * height are even, so that chroma samples never straddle an edge.
 */
export const OBJECT = { minSize: 32, maxSize: 128, minGap: 8 } as const;

/** Behind the objects: this grey in every channel, give or take the texture's amplitude (0..255). */
export const BACKGROUND = { grey: 128, texture: 12 } as const;

/** The frame number, least significant bit first: a white square per set bit on a black strip over the full width. */
export const BITS = {
  count: 16,
  firstClass: OBJECT_KINDS.length,
  /** Rows 0..stripHeight-1 are black. */
  stripHeight: 32,
  /** Side of a square: it covers centre - size/2 up to, not including, centre + size/2. */
  size: 20,
  centreY: 16,
  centreX: (bit: number): number => 32 * (bit + 2),
} as const;

/** Class names by class id: `red` ... `cyan`, `bit0` ... `bit15`. */
export const SYNTHETIC_LABELS: readonly string[] = [
  ...OBJECT_KINDS.map((kind) => kind.name),
  ...Array.from({ length: BITS.count }, (_, bit) => `bit${bit}`),
];
