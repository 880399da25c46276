/** A thing of many parts that is whole or not there. */

/** Makes a part the builder's own. */
export type Own = <T extends AsyncDisposable>(part: T) => T;

/** What was made is disposed of, the last first, with the whole; at once if building it fails. */
export async function assemble<T extends object>(
  build: (own: Own) => Promise<T>,
): Promise<T & AsyncDisposable> {
  const owned: AsyncDisposable[] = [];
  const close = () => disposeAll(owned);
  try {
    // Not spread: a getter stays one.
    return Object.assign(await build((part) => (owned.push(part), part)), { [Symbol.asyncDispose]: close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** The last first. */
export async function disposeAll(owned: AsyncDisposable[]): Promise<void> {
  for (const part of owned.splice(0).reverse()) await part[Symbol.asyncDispose]();
}
