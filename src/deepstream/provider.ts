/** Who provides the DeepStream elements: our CPU stand-in, or NVIDIA. */
export type Provider = 'standin' | 'nvidia';
