/** The one way an operation is run, whichever door it comes through. */
import type { Logger } from 'pino';
import { WeirError } from '../spec/error.js';
import { show } from '../spec/problem.js';
import { within } from '../streams/within.js';
import type { ControlledAppliance } from './appliance.js';
import { type Caller, mayDo, maySee } from './caller.js';
import { type Input, parseInput } from './input.js';
import { COMMON_ERRORS, type Operation } from './operation.js';
import { GUARDS } from './remote.js';
import { sharingSnapshots } from './snapshots.js';
import { Waits } from './waits.js';

export interface ControlOptions {
  readonly appliance: ControlledAppliance;
  readonly log: Pick<Logger, 'error'>;
  /** Of the spec in force. */
  cameraNetworks(): readonly string[] | undefined;
  /** For operations that name none; default 30 s. */
  readonly deadlineMs?: number;
  /** Answers and errors that are not as declared are INTERNAL. For tests. */
  readonly strict?: boolean;
}

const DEADLINE_MS = 30_000;

export class Control {
  readonly #appliance: ControlledAppliance;
  readonly #options: ControlOptions;
  readonly #waits = new Waits();

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#appliance = sharingSnapshots(options.appliance);
  }

  /** `input` may be anything. Rejects with WeirError and nothing else. */
  async invoke(operation: Operation, input: unknown, caller: Caller): Promise<unknown> {
    try {
      const output = await this.#perform(operation, input, caller);
      return this.#options.strict ? operation.output.parse(output) : output;
    } catch (error) {
      throw this.#told(error, operation, caller);
    }
  }

  async #perform(operation: Operation, input: unknown, caller: Caller): Promise<unknown> {
    requireScope(operation, caller);
    const valid = parseInput(operation, input);
    requireCameras(operation, valid, caller);
    const waitMs = Number(valid.waitMs ?? 0);
    const work = () => this.#run(operation, valid, caller);
    return waitMs > 0 ? this.#waits.hold(caller.actor, work) : work();
  }

  #run(operation: Operation, input: Input, caller: Caller): Promise<unknown> {
    const { waitMs = 0, timeoutMs = 0 } = input;
    const own = operation.deadlineMs ?? this.#options.deadlineMs ?? DEADLINE_MS;
    const ms = own + Number(waitMs) + Number(timeoutMs);
    return within(ms, `${operation.name}: no answer`, this.#start(operation, input, caller));
  }

  async #start(operation: Operation, input: Input, caller: Caller) {
    const guard = caller.remote ? GUARDS[operation.name] : undefined;
    const context = { appliance: this.#appliance, cameraNetworks: this.#options.cameraNetworks() };
    const guarded = guard ? await guard(input, context) : input;
    return operation.run(this.#appliance, guarded, caller);
  }

  #told(error: unknown, { name, errors }: Operation, { actor }: Caller): WeirError {
    const declared = error instanceof WeirError && (COMMON.has(error.code) || errors.includes(error.code));
    if (error instanceof WeirError && (declared || !this.#options.strict)) return error;
    this.#options.log.error({ err: error, operation: name, actor }, 'an operation failed');
    return new WeirError('INTERNAL', `${name}: a fault of Weir itself; its log says more`, { cause: error });
  }
}

const COMMON: ReadonlySet<string> = new Set(COMMON_ERRORS);

function requireScope(operation: Operation, caller: Caller): void {
  if (mayDo(caller, operation.scope)) return;
  throw forbidden(caller, `may not use ${operation.name}`, `it needs the scope "${operation.scope}"`);
}

/** Whether there is such a stream makes no difference. */
function requireCameras({ name, reach }: Operation, input: Input, caller: Caller): void {
  if (!caller.cameras || reach === 'some') return;
  if (reach === 'all')
    throw forbidden(caller, `may not use ${name}`, 'it is for callers who see all streams');
  const id = streamOf(input);
  if (!maySee(caller, id))
    throw forbidden(caller, `may not use stream ${show(id)}`, 'its cameras are listed in control.tokens');
}

function streamOf({ id, stream }: Input): string {
  return String(id ?? (stream as { readonly id: string }).id);
}

function forbidden({ actor }: Caller, what: string, remedy: string): WeirError {
  return new WeirError('FORBIDDEN', `${actor.name} ${what}`, { remedy });
}
