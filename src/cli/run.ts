/** Runs the command line. */
import { reportError } from './errors.js';
import { endWithReader } from './io.js';
import { buildProgram } from './program.js';

endWithReader();
try {
  await buildProgram().parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
// A parent's channel would keep the process alive after its work is done.
if (process.channel) process.disconnect?.();
