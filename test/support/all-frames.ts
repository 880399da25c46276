/** Of a source of which nothing is left out. */
export const ALL_FRAMES = { decode: 'all', maxFps: 0 } as const;
