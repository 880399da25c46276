export { POOLS, type Pool, trtexecArguments } from './arguments.js';
export { buildEngine, type BuildOptions, engineRequest, type Progress, versionIn } from './build.js';
export { type FoundEngine, inventory, leftOvers, removeLeftOver } from './inventory.js';
export { releaseOf } from './release.js';
export { engineState, stateText } from './state.js';
export { findTrtexec } from './trtexec.js';
export { verifyEngine } from './verify.js';
export { type WantedEngine, wantedEngines } from './wanted.js';
