/** The control surface of a fake appliance, on a Unix socket of its own. */
import { join } from 'node:path';
import { fastify } from 'fastify';
import { OPERATIONS } from '../../src/control/operations.js';
import { ERRORS, WeirError } from '../../src/spec/error.js';
import { FakeAppliance } from './fake-appliance.js';
import { tempDir } from './temp.js';

export interface ControlDoor extends AsyncDisposable {
  readonly socket: string;
  readonly dir: string;
  readonly appliance: FakeAppliance;
  close(): Promise<void>;
}

export async function controlDoor(appliance = new FakeAppliance(), at?: string): Promise<ControlDoor> {
  const dir = await tempDir();
  const socket = at ?? join(dir.path, 'weir.sock');
  const app = fastify();
  for (const { method, path, input, binary, run } of OPERATIONS) {
    app.route({
      method,
      url: `/v1${path.replace(/\{(\w+)\}/g, ':$1')}`,
      handler: async (request, reply) => {
        const given = method === 'GET' || method === 'DELETE' ? request.query : request.body;
        const parsed = input.safeParse({ ...(given as object), ...(request.params as object) });
        if (!parsed.success) throw new WeirError('BAD_REQUEST', parsed.error.message);
        const actor = { door: 'socket', name: 'uid 0' } as const;
        const output = await run(appliance, parsed.data, { actor, scope: 'admin', remote: false });
        if (!binary) return output;
        const bytes = Buffer.from((output as Record<string, string>)[binary.field] ?? '', 'base64');
        return reply.type(binary.type).send(bytes);
      },
    });
  }
  app.setErrorHandler((error, _request, reply) => {
    const { code, message, remedy } = error as WeirError;
    return reply.code(ERRORS[code]?.httpStatus ?? 500).send({ code, message, remedy });
  });
  await app.listen({ path: socket });
  const close = async () => {
    app.server.closeAllConnections();
    await app.close();
    await dir.remove();
  };
  return { socket, dir: dir.path, appliance, close, [Symbol.asyncDispose]: close };
}
