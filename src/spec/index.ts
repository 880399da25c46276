export { ERRORS, type ErrorCode, WeirError, type WeirErrorOptions } from './error.js';
export { specJsonSchema } from './json-schema.js';
export { loadSpec, parseSpec, type SpecOptions, type SpecResult } from './load.js';
export { loadManifest, MODELS_DIR, modelNames, verifyModel } from './manifest.js';
export { formatProblems, type Problem } from './problem.js';
export { formatSecretRef, parseSecretRef, resolveSecret, Secret, type SecretRef } from './secret.js';
export { analysedFps, type ParseStreamOptions, parseStream, sameConnection, sameStream } from './stream.js';
export type * from './types.js';
export { redactUri, resolveMediaFile, type SourceKind, sourceKind } from './uri.js';
