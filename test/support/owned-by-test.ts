import { afterEach } from 'vitest';
import { disposeAll, type Own } from './owned.js';

/** What the tests of a file make is disposed of after each of them. */
export function ownedByEachTest(): Own {
  const owned: AsyncDisposable[] = [];
  afterEach(() => disposeAll(owned));
  return (part) => (owned.push(part), part);
}
