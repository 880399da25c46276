export { checkGraph, type GraphProblem } from './check-graph.js';
export { toDot } from './dot.js';
export { graph } from './graph.js';
export { toMermaid } from './mermaid.js';
export { allNodes } from './nodes.js';
export { type SourceFill, sourceParams } from './source-params.js';
export type * from './types.js';
