/** The child's end of a channel, with operations that only say what they were asked. */
import { WeirError } from '../../src/spec/error.js';
import { type Operations, serveChannel } from '../../src/worker/channel.js';
import type { StreamRow } from '../../src/worker/status.js';

const said = async (...words: unknown[]) => ({ changed: true, stream: { id: words.join(' ') } as StreamRow });

const operations: Operations = {
  add: (stream, pipeline) => said('add', JSON.stringify(stream), pipeline),
  async update() {
    throw new WeirError('STREAM_UNKNOWN', 'no stream "x"', { remedy: 'add it' });
  },
  remove: (id) => said('remove', id),
  async restart() {
    throw new TypeError('a fault of ours');
  },
  snapshot: async (id) => Buffer.from(id),
  status: async () => [],
  usage: () => new Promise(() => setImmediate(() => process.exit(3))),
};
serveChannel(operations);
