/** The operations as a NATS service: `<prefix>.<appliance>.ctl.<operation>`. */
import type { Logger } from 'pino';
import type { NatsLink, ServiceEndpoint, ServiceRequest } from '../sinks/nats-link.js';
import { type ErrorCode, WeirError } from '../spec/error.js';
import { show } from '../spec/problem.js';
import type { ApplianceSpec } from '../spec/types.js';
import type { Caller } from './caller.js';
import { errorBody, statusOf } from './error-body.js';
import type { Control } from './invoke.js';
import { parseRequest } from './json.js';
import type { Operation } from './operation.js';
import { OPERATIONS } from './operations.js';
import { RecentAnswers } from './recent-answers.js';

/** Of the door itself: before an operation is asked for. */
export const NATS_ERRORS = ['TOO_LARGE'] as const satisfies readonly ErrorCode[];

export const MAX_REQUEST_BYTES = 256 * 1024;
export const MAX_UNDER_WAY = 64;
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const MAX_DESCRIPTION = 500;

export interface NatsDoorOptions {
  readonly control: Pick<Control, 'invoke'>;
  readonly link: Pick<NatsLink, 'serve'>;
  readonly spec: Pick<ApplianceSpec, 'appliance' | 'nats' | 'control'>;
  /** Of Weir. */
  readonly version: string;
  readonly log: Pick<Logger, 'error'>;
}

/** Does nothing where the spec says `off`. */
export function openNatsDoor(options: NatsDoorOptions): Disposable {
  const { spec, link, version } = options;
  if (spec.control.nats === 'off') return { [Symbol.dispose]: () => undefined };
  const caller: Caller = { actor: { door: 'nats', name: 'nats' }, scope: spec.control.nats, remote: true };
  const door = new NatsDoor(options, caller);
  const close = link.serve({
    ...{ name: 'weir', version, description: 'Control of a Weir appliance' },
    metadata: { appliance: spec.appliance },
    endpoints: OPERATIONS.map((operation) => door.endpoint(operation)),
  });
  return { [Symbol.dispose]: close };
}

class NatsDoor {
  readonly #options: NatsDoorOptions;
  readonly #caller: Caller;
  readonly #recent = new RecentAnswers();
  #underWay = 0;

  constructor(options: NatsDoorOptions, caller: Caller) {
    this.#options = options;
    this.#caller = caller;
  }

  endpoint(operation: Operation): ServiceEndpoint {
    const { nats, appliance } = this.#options.spec;
    const { name, scope, summary } = operation;
    let errors = 0;
    return {
      name: name.replaceAll('.', '-'),
      subject: `${nats.prefix}.${appliance}.ctl.${name}`,
      metadata: { scope, summary },
      handle: (request) =>
        void this.#answer(operation, request).then((served) => {
          if (!served) errors++;
        }),
      stats: () => ({ errors }),
    };
  }

  /** False where it was refused. */
  async #answer(operation: Operation, request: ServiceRequest): Promise<boolean> {
    this.#underWay++;
    try {
      respond(request, await this.#perform(operation, request));
      return true;
    } catch (error) {
      this.#refuse(request, error);
      return false;
    } finally {
      this.#underWay--;
    }
  }

  async #perform(operation: Operation, request: ServiceRequest): Promise<unknown> {
    if (this.#underWay > MAX_UNDER_WAY)
      throw new WeirError('RATE_LIMITED', `${MAX_UNDER_WAY} requests are under way`, {
        remedy: 'ask again when one of them has been answered',
      });
    if (request.data.length > MAX_REQUEST_BYTES)
      throw new WeirError('TOO_LARGE', `the request is larger than ${MAX_REQUEST_BYTES} bytes`);
    const text = Buffer.from(request.data).toString();
    const { deadline, ...input } = text === '' ? {} : parseRequest(text);
    requireTime(request.header('Weir-Deadline') ?? deadline);
    const run = () => this.#options.control.invoke(operation, input, this.#caller);
    const id = operation.method === 'GET' ? undefined : requestId(request);
    // A deadline is no part of what is asked for: who asks again has another.
    const command = `${operation.name} ${JSON.stringify(input)}`;
    return id === undefined ? run() : this.#recent.once(id, command, run);
  }

  #refuse(request: ServiceRequest, error: unknown): void {
    const known = error instanceof WeirError ? error : this.#fault(error);
    const { code, message } = known;
    const description = `${code}: ${message}`.replace(/\s+/g, ' ').slice(0, MAX_DESCRIPTION);
    try {
      request.refuse(statusOf(code), description, encode(errorBody(known)));
    } catch (cause) {
      this.#options.log.error({ err: cause }, 'an answer over NATS failed');
    }
  }

  #fault(error: unknown): WeirError {
    this.#options.log.error({ err: error }, 'a request over NATS failed');
    return new WeirError('INTERNAL', 'a fault of Weir itself; its log says more');
  }
}

function requestId(request: ServiceRequest): string | undefined {
  const id = request.header('Weir-Request-Id');
  if (id === undefined || REQUEST_ID.test(id)) return id;
  throw new WeirError(
    'BAD_REQUEST',
    `Weir-Request-Id: got ${show(id)}, expected at most 128 visible characters`,
  );
}

/** A command that waited too long, say on its way through a broken link, is not what its sender wants any more. */
function requireTime(deadline: unknown): void {
  if (deadline === undefined) return;
  const at = typeof deadline === 'string' && RFC3339.test(deadline) ? Date.parse(deadline) : NaN;
  if (Number.isNaN(at))
    throw new WeirError(
      'BAD_REQUEST',
      `Weir-Deadline: got ${show(deadline)}, expected a time as of RFC 3339`,
    );
  if (at < Date.now())
    throw new WeirError('TIMEOUT', `the deadline of the request, ${show(deadline)}, is over`, {
      remedy: 'ask again; compare the clocks of both machines where it comes again',
    });
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function respond(request: ServiceRequest, output: unknown): void {
  const data = encode(output);
  try {
    request.respond(data);
  } catch (cause) {
    throw new WeirError('TOO_LARGE', `the answer of ${data.length} bytes is not taken by NATS`, {
      remedy: 'ask over HTTP, or raise max_payload of the NATS server',
      cause,
    });
  }
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
