/** Of a source of which nothing is left out. */
export const ALL_FRAMES = { keyFramesOnly: false, maxFps: 0 };
