export { STEPS } from './changes.js';
export { DEVICES } from './data/devices.js';
export { SOURCES } from './data/sources.js';
export {
  CODEC_NAMES,
  type Decodes,
  decodes,
  deviceOfPart,
  findDevice,
  LIST_DEVICES,
  listedStreams,
} from './devices.js';
export { DEFAULT_FORMAT, type InputOptions, planInput } from './input.js';
export { leastTrust } from './load.js';
export { formatText, mixOf } from './mix.js';
export { plan } from './plan.js';
export { heldPictures, surfaces } from './surfaces.js';
export type * from './types.js';
