/**
 * Opens a pipeline with one source per URI (slot and token count from 0 and 1), leaves a breadcrumb should it crash, and
 * prints `playing` once every source shows pictures. Usage: crashing-pipeline.ts BREADCRUMB URI...
 */
import { loadBinding } from '../../src/native/loader.js';
import { openPipeline } from './open-pipeline.js';
import { until } from './wait.js';

const [breadcrumb = '', ...uris] = process.argv.slice(2);
loadBinding().armBreadcrumb?.(breadcrumb);
const pipeline = await openPipeline();
for (const [slot, uri] of uris.entries()) await pipeline.connect(slot, uri);
for (const slot of uris.keys())
  await until(`slot ${slot} is live`, () => pipeline.counter(slot, 'frames') > 0);
console.log('playing');
await new Promise((resolve) => setTimeout(resolve, 60_000));
