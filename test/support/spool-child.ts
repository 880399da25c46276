/** Appends events to a spool and says each as soon as it may be relied on; never ends by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemSpoolFiles } from '../../src/sinks/spool/files.js';
import { Spool } from '../../src/sinks/spool/spool.js';
import { event } from './spool-disk.js';

const [folder = '', first = '1'] = process.argv.slice(2);
const spool = new Spool({
  ...{ folder, maxBytes: 1024 * 1024, files: systemSpoolFiles },
  ...{ onProblem: () => undefined, onNews: () => undefined },
});
await spool.opened;
for (let n = Number(first); ; n++) {
  spool.append(event(n));
  if (n % 5 === 0) for (const entry of await spool.next(1)) spool.settle(entry, n);
  // Written at once: the next turns of the loop are enough for it.
  await sleep(2);
  process.stdout.write(`${n}\n`);
}
