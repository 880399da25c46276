export { CATALOGUE, type ElementFacts, type PadFacts, type PropertyFacts, valueFault } from './catalogue.js';
export { verifyDetector } from './verify.js';
export { type ConfigFile, configFiles } from './files.js';
export { lintNvinferConfig } from './lint.js';
export {
  detectorConfigPath,
  type Locations,
  nvidiaTrackerLibrary,
  standinTrackerLibrary,
  trackerConfigPath,
  written,
} from './locations.js';
export { autoFps, DETECTOR_ID, engineFile, interval, renderNvinfer } from './nvinfer.js';
export { renderNvtracker } from './nvtracker.js';
export type { Provider } from './provider.js';
