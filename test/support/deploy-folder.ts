/** A copy of deploy/ with passwords of its own, whose NATS configuration the server of Debian 12 understands. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.js';
import { type Outcome, run } from './process.js';
import { tempDir } from './temp.js';

export interface DeployFolder extends AsyncDisposable {
  readonly path: string;
  /** Path of its nats.conf. */
  readonly config: string;
  makeSecrets(): Promise<Outcome>;
  secret(name: string): string;
}

/** `change` is done to the text of nats.conf. */
export async function deployFolder(change = (text: string) => text): Promise<DeployFolder> {
  const dir = await tempDir();
  cpSync(join(root, 'deploy'), dir.path, { recursive: true });
  const makeSecrets = () => run(join(dir.path, 'make-secrets'));
  await makeSecrets();
  const config = join(dir.path, 'nats.conf');
  const text = readFileSync(config, 'utf8');
  // The place of the store and the port for health are the container's; that server does not know yet when to sync.
  const store = `store_dir: ${join(dir.path, 'store')}`;
  writeFileSync(
    config,
    change(text.replace(/^ *(sync_interval|http): .*$/gm, '').replace(/store_dir: .*/, store)),
  );
  return {
    ...{ path: dir.path, config, makeSecrets },
    secret: (name) => readFileSync(join(dir.path, 'secrets', name), 'utf8'),
    [Symbol.asyncDispose]: () => dir.remove(),
  };
}
