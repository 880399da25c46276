/** The doors of a plant, asked in one way: its socket, TCP with a token, and NATS. */
import { connect, type Msg } from 'nats';
import { ControlClient } from '../../../src/control/client.js';
import type { Operation } from '../../../src/control/operation.js';
import { Secret } from '../../../src/spec/secret.js';
import { type Answer, ask, type Asked } from '../control.js';
import { assemble } from '../owned.js';
import { until } from '../wait.js';
import type { Plant } from './plant.js';

const TOKEN = 'plant-token-0123456789';

/** What a plant needs to have all of them: keys of the appliance, and its environment. */
export const ALL_DOORS = {
  appliance: {
    control: {
      ...{ listen: '127.0.0.1:0', nats: 'admin', rate: 1_000 },
      tokens: [{ name: 'tester', token: '${env:WEIR_TEST_TOKEN}', scope: 'admin' }],
    },
    cameraNetworks: ['127.0.0.0/8'],
  },
  env: { WEIR_TEST_TOKEN: TOKEN },
} as const;

/** `ok`, or the code of the error. Pictures are bytes, whatever the door. */
export interface Told {
  readonly result: string;
  readonly output: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

export interface PlantDoor {
  readonly name: string;
  ask(operation: string, input: unknown): Promise<Told>;
}

export interface PlantDoors extends AsyncDisposable {
  readonly socket: PlantDoor;
  readonly tcp: PlantDoor;
  readonly nats: PlantDoor;
  /** The socket and TCP by hand, for what no client would send. */
  readonly http: readonly HttpPlace[];
}

export interface HttpPlace {
  readonly name: string;
  send(asked: Asked): Promise<Answer>;
}

export function openPlantDoors(plant: Plant): Promise<PlantDoors> {
  return assemble(async (own) => {
    const url = await until('TCP is open', () => tcpUrl(plant.supervisor.lines));
    const [socket, tcp] = [
      new ControlClient({ socket: plant.socket }),
      new ControlClient({ url, token: new Secret(TOKEN) }),
    ];
    own({ [Symbol.asyncDispose]: async () => [socket, tcp].forEach((client) => client.close()) });
    const connection = await connect({ servers: plant.nats.url });
    own({ [Symbol.asyncDispose]: () => connection.close() });
    const request = (subject: string, payload: string) =>
      connection.request(subject, payload, { timeout: 60_000 });
    await until('the service is found', () => request('$SRV.PING.weir', '').catch(() => undefined));
    const { hostname: host, port } = new URL(url);
    const headers = { authorization: `Bearer ${TOKEN}` };
    return {
      socket: { name: 'socket', ask: (...asked) => overHttp(socket, ...asked) },
      tcp: { name: 'tcp', ask: (...asked) => overHttp(tcp, ...asked) },
      nats: {
        name: 'nats',
        ask: async (operation, input) =>
          told(await request(`weir.plant.ctl.${operation}`, JSON.stringify(input) ?? '')),
      },
      http: [
        { name: 'socket', send: (asked) => ask({ socketPath: plant.socket }, asked) },
        { name: 'tcp', send: (asked) => ask({ host, port: Number(port) }, { headers, ...asked }) },
      ],
    };
  });
}

/** A request as the operation wants it, whatever stands in the input. */
export function httpRequest({ method, path }: Operation, input: object): Asked {
  const rest = new Map(Object.entries(input));
  const text = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  const filled = path.replace(/\{(\w+)\}/g, (_all, field: string) => {
    const value = text(rest.get(field));
    rest.delete(field);
    return encodeURIComponent(value);
  });
  if (method === 'POST' || method === 'PATCH')
    return { method, path: filled, body: Object.fromEntries(rest) };
  const query = new URLSearchParams();
  for (const [key, value] of rest) query.set(key, text(value));
  return { method, path: query.size > 0 ? `${filled}?${query}` : filled };
}

function tcpUrl(lines: readonly string[]): string | undefined {
  const found = lines.map((line) => /"url":"(http:[^"]+)","msg":"control"/.exec(line)?.[1]);
  return found.findLast((url) => url !== undefined);
}

async function overHttp(client: ControlClient, operation: string, input: unknown): Promise<Told> {
  try {
    return { result: 'ok', output: await client.call(operation as 'appliance.status', input as never) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { result: code ?? message, output: undefined };
  }
}

function told(message: Msg): Told {
  const output = message.json<{ code?: string; jpeg?: string }>();
  if (message.headers?.get('Nats-Service-Error-Code'))
    return { result: output.code ?? 'no code', output: undefined };
  const { jpeg } = output;
  return {
    result: 'ok',
    output: jpeg === undefined ? output : { ...output, jpeg: Buffer.from(jpeg, 'base64') },
  };
}
