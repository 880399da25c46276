/** From one whole spec to another: all of it or nothing. */
import { WeirError } from '../spec/error.js';
import { Lanes } from '../streams/lanes.js';
import { faultOf } from '../worker/channel.js';
import type { DesiredState, Transition } from './desired-state.js';
import type { Pipelines } from './pipelines.js';
import { planSteps } from './plan/plan.js';
import { remoteRefusals } from './plan/remote-refusals.js';
import { isObject, type JsonObject } from './state/json.js';
import type { PlanStep, PlanView } from './views.js';

export interface ApplyOptions {
  readonly dryRun?: boolean;
  readonly keep?: boolean;
  readonly remote?: boolean;
}

export interface SpecChangeOptions {
  readonly state: DesiredState;
  readonly pipelines: Pipelines;
}

export class SpecChange {
  readonly #options: SpecChangeOptions;
  /** One after the other: none is taken back over the next. */
  readonly #lanes = new Lanes();

  constructor(options: SpecChangeOptions) {
    this.#options = options;
  }

  /** Throws BAD_REQUEST, SPEC_INVALID, FORBIDDEN. */
  preview(spec: unknown, options: ApplyOptions): PlanView {
    const steps = this.#plan(spec, options);
    return { steps, applied: false, generation: this.#options.state.generation };
  }

  /** A spec that cannot be carried out leaves everything as it was. */
  apply(spec: unknown, options: ApplyOptions): Promise<PlanView> {
    return this.#takeOver(() => {
      this.#plan(spec, options);
      return this.#options.state.apply(spec as JsonObject, { keep: options.keep ?? false });
    });
  }

  /** `note` is told what of the state could not be kept. */
  reload(note: (text: string) => void): Promise<PlanView> {
    return this.#takeOver(() => this.#options.state.reread(note));
  }

  #plan(spec: unknown, { keep = false, remote = false }: ApplyOptions): PlanStep[] {
    if (!isObject(spec)) throw new WeirError('BAD_REQUEST', 'spec: expected a map, as a weir.yaml is');
    const preview = this.#options.state.preview(spec, { keep });
    if (remote) refuseRemote(preview);
    return stepsOf(preview);
  }

  #takeOver(change: () => Promise<Transition>): Promise<PlanView> {
    return this.#lanes.run('spec', async () => {
      const steps = await this.#carryOut(await change());
      return { steps, applied: steps.length > 0, generation: this.#options.state.generation };
    });
  }

  async #carryOut(transition: Transition): Promise<PlanStep[]> {
    const steps = stepsOf(transition);
    try {
      await this.#options.pipelines.carryOut(steps, transition.after.desired);
      this.#options.state.accept();
      return steps;
    } catch (error) {
      throw await this.#takeBack(transition, error);
    }
  }

  /** Resolves with why it had to be. */
  async #takeBack(transition: Transition, cause: unknown): Promise<unknown> {
    const { state, pipelines } = this.#options;
    try {
      const back = await state.undo(transition);
      // As far as it goes: keepers go on trying what is left.
      await pipelines.carryOut(stepsOf(back), back.after.desired).catch(() => undefined);
      return cause;
    } catch (error) {
      const [{ code, message }, { message: why }] = [faultOf(cause), faultOf(error)];
      const stays = `${message}; the spec stays all the same, for what was before cannot be written: ${why}`;
      return new WeirError(code, stays, { cause });
    }
  }
}

function stepsOf({ before, after }: Transition): PlanStep[] {
  return planSteps(before.desired.spec, after.desired.spec);
}

function refuseRemote({ before, after }: Transition): void {
  const keys = remoteRefusals(before.desired.spec, after.desired.spec);
  if (keys.length === 0) return;
  throw new WeirError('FORBIDDEN', `${keys.join(', ')}: may not be changed over the network`, {
    remedy: 'apply it on the appliance itself: weir apply uses its socket',
  });
}
