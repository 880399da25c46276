/** Why there was no connection to an appliance, in our words. */
import type { RequestOptions } from 'node:http';
import { type ErrorCode, WeirError } from '../spec/error.js';

interface Reason {
  readonly code: ErrorCode;
  readonly what: string;
  readonly remedy?: string;
}

const START = 'start the appliance with weir up, or name its socket with --socket';
const CHECK_URL = 'check --url, and that the appliance has control.listen';

/** Of connections to a socket. */
const SOCKET: Readonly<Record<string, Reason>> = {
  ENOENT: { code: 'NOT_RUNNING', what: 'no appliance is running: there is no such socket' },
  ECONNREFUSED: { code: 'NOT_RUNNING', what: 'no appliance is running: nobody listens on this socket' },
  ENOTSOCK: { code: 'NOT_RUNNING', what: 'no socket, but a file of another kind' },
  ECONNRESET: {
    code: 'NOT_RUNNING',
    what: 'the appliance went away before it answered',
    remedy: 'its log says why; weir status says whether it is back',
  },
  EACCES: {
    code: 'FORBIDDEN',
    what: 'this user may not use the socket: it is for root, the user of the appliance and the group it names',
    remedy: 'become a member of control.group of its spec, or use sudo',
  },
};

/** Of connections over TCP. */
const TCP: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: { code: 'NOT_RUNNING', what: 'the connection is refused' },
  ECONNRESET: { code: 'NOT_RUNNING', what: 'the connection was closed before an answer came' },
  ENOTFOUND: { code: 'NOT_RUNNING', what: 'the name is not known' },
  EHOSTUNREACH: { code: 'NOT_RUNNING', what: 'no route to the host' },
};

/** `to`: what the request was made with. */
export function connectionError(name: string, to: RequestOptions, cause: Error): WeirError {
  const local = to.socketPath !== undefined && to.socketPath !== null;
  const known = (local ? SOCKET : TCP)[(cause as NodeJS.ErrnoException).code ?? ''];
  const { code, what, remedy } = known ?? { code: 'NOT_RUNNING', what: cause.message };
  return new WeirError(code, `${name}: ${what}`, {
    remedy: remedy ?? (local ? START : CHECK_URL),
    cause,
  });
}
