/** Requests over NATS and why they fail. */
import { type MsgHdrs, headers, type NatsConnection } from 'nats';

/**
 * `no-responders`: nobody listens there. `permission`: the server does not let us ask. `too-large`: the client will not
 * send it. `lost`: the connection ended first.
 */
export type RequestFault = 'no-responders' | 'timeout' | 'permission' | 'too-large' | 'lost' | 'other';

export class RequestFailed extends Error {
  constructor(
    readonly fault: RequestFault,
    message: string,
  ) {
    super(message);
  }
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;
const FAULTS: Readonly<Record<string, RequestFault>> = {
  '503': 'no-responders',
  TIMEOUT: 'timeout',
  PERMISSIONS_VIOLATION: 'permission',
  MAX_PAYLOAD_EXCEEDED: 'too-large',
  CONNECTION_CLOSED: 'lost',
  DISCONNECT: 'lost',
};

/** Rejects with RequestFailed. */
export async function ask(
  connection: NatsConnection,
  subject: string,
  data: Uint8Array,
  { headers: given, timeoutMs = TIMEOUT_MS }: RequestOptions,
): Promise<Uint8Array> {
  try {
    const options = { timeout: timeoutMs, ...(given && { headers: headersOf(given) }) };
    return (await connection.request(subject, data, options)).data;
  } catch (error) {
    const { code = '', message = '' } = error as { code?: string; message?: string };
    throw new RequestFailed(FAULTS[code] ?? 'other', message || code);
  }
}

function headersOf(given: Readonly<Record<string, string>>): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(given)) made.set(name, value);
  return made;
}
