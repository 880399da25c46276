/** Asks the control API again and again, as an operator would while something goes wrong. */
import type { ControlClient } from '../../../src/control/client.js';
import { pass } from '../wait.js';

const EVERY_MS = 50;

export interface ApiWatch extends AsyncDisposable {
  /** Milliseconds each answer took. */
  readonly answers: number[];
  readonly failures: string[];
}

export function watchApi(control: ControlClient): ApiWatch {
  const [answers, failures] = [[] as number[], [] as string[]];
  let over = false;
  const watching = (async () => {
    while (!over) {
      const asked = performance.now();
      await control.streams().then(
        () => answers.push(performance.now() - asked),
        (error: Error) => failures.push(error.message),
      );
      await pass(EVERY_MS);
    }
  })();
  const end = async () => {
    over = true;
    await watching;
  };
  return { answers, failures, [Symbol.asyncDispose]: end };
}
