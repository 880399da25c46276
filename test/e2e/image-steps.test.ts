/** Every step of the CPU image, and the image at work, without a container engine. Long: it builds everything anew. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDockerfile } from '../support/dockerfile.js';
import { buildFolders, debianBase, type ImageFolder, inside, whyNoFolders } from '../support/image-folder.js';
import { root } from '../support/paths.js';
import { run, Running } from '../support/process.js';
import { LONG } from '../support/reliability.js';
import { tempDir } from '../support/temp.js';

const why = LONG ? whyNoFolders() : 'WEIR_LONG is not set';
const SPEC = 'appliance: gate\npipelines: [{id: main, detector: {model: synthetic}}]\n';

it.skipIf(why !== undefined)(
  `the CPU image builds, runs with a read-only root, as its user, without capabilities${why ? `: ${why}` : ''}`,
  { timeout: 60 * 60_000 },
  async () => {
    await using dir = await tempDir();
    const base = join(dir.path, 'base');
    await debianBase(base);
    const stages = readDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'));
    const image = await buildFolders(stages, {
      ...{ context: root, base, into: dir.path },
      log: (text) => console.error(`RUN ${text}`),
    });
    await refusesToBuild(image);
    await runs(image);
  },
);

async function refusesToBuild(image: ImageFolder): Promise<void> {
  const tools = 'for t in gcc g++ cc ld make cmake ninja git npm npx; do command -v $t; done; true';
  const { stdout } = await run(...inside(image, { command: ['sh', '-c', tools] }));
  expect(stdout).toBe('');
}

async function runs(image: ImageFolder): Promise<void> {
  mkdirSync(join(image.path, 'etc/weir'), { recursive: true });
  writeFileSync(join(image.path, 'etc/weir/weir.yaml'), SPEC);
  const socket = '/run/weir/weir.sock';
  // Health is asked in the same namespaces, as a container engine does it.
  const script = `weir up /etc/weir/weir.yaml & up=$!
    until weir status --socket ${socket} >/tmp/status 2>/dev/null && grep -q playing /tmp/status; do sleep 0.2; done
    cat /tmp/status; id; touch /opt/weir/new 2>&1; kill $up; wait $up; echo "ended with $?"`;
  const [command, args] = inside(image, {
    command: ['sh', '-c', script],
    confined: ['/tmp', '/run/weir', '/var/lib/weir'],
  });
  await using up = new Running(command, args);
  await up.line((line) => /^main +playing/.test(line), { timeoutMs: 60_000 });
  await up.line((line) => line.startsWith('uid=10001(weir) gid=10001(weir) groups=10001(weir),44(video)'));
  await up.line((line) => line.includes('Read-only file system'));
  await up.line((line) => line === 'ended with 0');
}
