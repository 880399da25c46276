export { diagnose, type Diagnosis } from './diagnose.js';
export type { Lookup } from './lookup.js';
export { checkNetwork } from './policy.js';
export { type ResolveOptions, resolveCamera } from './resolve.js';
