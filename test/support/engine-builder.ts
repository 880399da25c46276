/** A process that builds an engine: <folder of the model> <trtexec>. Says each step, and how it ended. */
import { stopSignal } from '../../src/cli/io.js';
import { buildEngine } from '../../src/engines/index.js';
import { machine, orin, wanted } from './engines.js';

const [dir = '', trtexec = ''] = process.argv.slice(2);
try {
  const { outcome } = await buildEngine(await wanted(dir), {
    ...{
      platform: orin(),
      machine: machine(),
      trtexec,
      deadlineMs: 60_000,
      stop: stopSignal(),
    },
    ...{ force: false, checkRoom: true, onProgress: ({ step }) => console.log(step) },
  });
  console.log(outcome);
} catch (error) {
  console.log(String((error as { code?: string }).code ?? error));
}
