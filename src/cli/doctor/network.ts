/** Whether what the spec names on the network answers. */
import { connect } from 'node:net';
import { type NatsLinkOptions, openNats } from '../../sinks/nats-link.js';
import type { StreamSpec } from '../../spec/types.js';
import { type Check, failed, passed } from './check.js';

const TIMEOUT_MS = 3_000;
const RTSP_PORT = 554;
const RTSPS_PORT = 322;

export async function checkNats(options: NatsLinkOptions): Promise<Check> {
  const link = openNats({ ...options, retryMs: 100 });
  const servers = options.servers.join(', ');
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const problem = await new Promise<string | undefined>((resolve) => {
      const look = () => {
        if (link.state.kind === 'connected') resolve(undefined);
        if (link.state.kind === 'connecting' && link.state.error) resolve(link.state.error);
      };
      timeout.addEventListener('abort', () => resolve('no answer in time'));
      link.watch(look);
      look();
    });
    if (problem === undefined) return passed('nats', `${servers} accepts the client`);
    return failed('nats', `${servers}: ${problem}`, 'start nats-server there, or correct nats in the spec');
  } finally {
    await link.close();
  }
}

/** Only that the port takes connections: a login would count against a camera's lock-out. */
export async function checkCamera(stream: StreamSpec): Promise<Check> {
  const name = `camera ${stream.id}`;
  const uri = new URL(stream.uri.analyse);
  if (!uri.protocol.startsWith('rtsp')) return passed(name, 'a file');
  const port = Number(uri.port) || (uri.protocol === 'rtsps:' ? RTSPS_PORT : RTSP_PORT);
  const address = `${uri.hostname}:${port}`;
  const problem = await reach(uri.hostname.replace(/^\[|\]$/g, ''), port);
  if (problem === undefined) return passed(name, `${address} takes connections`);
  return failed(
    name,
    `${address}: ${problem}`,
    'check that the camera is on, its address, and the network between',
  );
}

function reach(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const settle = (problem: string | undefined) => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => settle(undefined));
    socket.once('timeout', () => settle('no answer in time'));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}
