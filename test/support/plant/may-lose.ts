/** A process that starts takes a core from those that play: on a machine of two that can cost frames, but few. */
export const mayLose = (frames: number): number => 2 + frames * 0.02;
