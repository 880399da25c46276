/** Whether what the spec names on the network answers. */
import { diagnose } from '../../net/index.js';
import { type NatsLink, type NatsLinkOptions, openNats } from '../../sinks/nats-link.js';
import { RequestFailed } from '../../sinks/nats-request.js';
import type { StreamSpec } from '../../spec/types.js';
import { redactUri } from '../../spec/uri.js';
import type { Cause } from '../../streams/retry.js';
import { type Check, failed, passed } from './check.js';

const TIMEOUT_MS = 3_000;
const NOT_REACHED = 'check that the camera is on, its address, and the network between';
const REMEDIES: Readonly<Partial<Record<Cause, string>>> = {
  dns: 'correct the name, or write the address',
  forbidden: 'correct the address, or add its network to cameraNetworks',
  tls: "add the certificate's issuer to those this system trusts (docs/operations.md, TLS)",
};

export async function checkNats(options: NatsLinkOptions): Promise<Check> {
  const link = openNats({ ...options, retryMs: 100 });
  const servers = options.servers.join(', ');
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const problem = await new Promise<string | undefined>((resolve) => {
      const look = () => {
        if (link.state.kind === 'connected') resolve(undefined);
        if ('error' in link.state && link.state.error) resolve(link.state.error);
      };
      timeout.addEventListener('abort', () => resolve('no answer in time'));
      link.watch(look);
      look();
    });
    if (problem === undefined) return passed('nats', `${servers} accepts the client${await jetStream(link)}`);
    return failed('nats', `${servers}: ${problem}`, 'start nats-server there, or correct nats in the spec');
  } finally {
    await link.close();
  }
}

/** Whether there is what takes events. It is no failure: the spec may be looked at on another machine than its own. */
async function jetStream(link: NatsLink): Promise<string> {
  try {
    const answer = await link.request('$JS.API.INFO', new Uint8Array(), { timeoutMs: TIMEOUT_MS });
    const { error } = JSON.parse(Buffer.from(answer).toString('utf8')) as {
      error?: { description?: string };
    };
    return error ? `; no JetStream: events will wait (${error.description})` : ', and has JetStream';
  } catch (error) {
    const absent = error instanceof RequestFailed && error.fault === 'no-responders';
    return absent
      ? '; it has no JetStream: events will wait (start it with -js)'
      : `; whether it has JetStream is not known: ${(error as Error).message}`;
  }
}

/** Only that the port takes connections, and TLS is in order: a login would count against a camera's lock-out. */
export async function checkCamera(
  stream: StreamSpec,
  networks: readonly string[] | undefined,
): Promise<Check> {
  const name = `camera ${stream.id}`;
  const uri = stream.uri.analyse;
  if (!/^rtsps?:/i.test(uri)) return passed(name, 'a file');
  const found = await diagnose(uri, { networks, timeoutMs: TIMEOUT_MS });
  if (found === undefined) return passed(name, `${redactUri(uri)} takes connections`);
  return failed(name, found.message, REMEDIES[found.cause] ?? NOT_REACHED);
}
