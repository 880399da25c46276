/** What a supervisor forks for each pipeline. */
import { Parent } from './parent.js';
import { runWorkerProcess } from './worker-process.js';

await runWorkerProcess(new Parent());
