/** Why a connection was not even tried: a name that does not resolve, an address that is not allowed, no secret. */
import type { Cause } from './retry.js';

export class ConnectFailure extends Error {
  constructor(
    readonly reason: Cause,
    message: string,
  ) {
    super(message);
    this.name = 'ConnectFailure';
  }
}
