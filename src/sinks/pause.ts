/** Waiting that somebody may cut short. */

export async function withinMs(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, cancel } = timer(ms);
  await Promise.race([work.catch(() => undefined), promise]);
  cancel();
}

/** Ends early when one of the signals is aborted. */
export async function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return;
  const { promise, cancel } = timer(ms);
  for (const signal of signals) signal.addEventListener('abort', cancel, { once: true });
  await promise;
  for (const signal of signals) signal.removeEventListener('abort', cancel);
}

function timer(ms: number): { promise: Promise<void>; cancel: () => void } {
  let cancel = () => {};
  const promise = new Promise<void>((resolve) => {
    const handle = setTimeout(resolve, ms);
    cancel = () => {
      clearTimeout(handle);
      resolve();
    };
  });
  return { promise, cancel };
}
