/** Lists of packages: what an image gets is what the set-up installs, and is enough for what was built. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildDir, root } from '../support/paths.js';

const LISTS = join(root, 'scripts/packages');
const systems = readdirSync(LISTS).filter((name) => name.endsWith('.txt'));

/** By part: the first word of the comment above. */
function parts(path: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  let part = '';
  for (const line of readFileSync(join(LISTS, path), 'utf8').trim().split('\n')) {
    if (line.startsWith('#')) part = line.split(' ')[1]?.replace(':', '') ?? '';
    else (found[part] ??= []).push(line);
  }
  return found;
}

const listed = (path: string): string[] => Object.values(parts(path)).flat();

/** As scripts/setup reads them: its own function, without its steps. */
function asSetup(list: string, only: string): string[] {
  const [source = ''] =
    /^packages\(\) \{.*?^\}/ms.exec(readFileSync(join(root, 'scripts/setup'), 'utf8')) ?? [];
  const script = `package_list() { echo ${list}; }\n${source}\npackages`;
  const options = { cwd: LISTS, env: { ...process.env, WEIR_PACKAGES: only }, encoding: 'utf8' } as const;
  return execFileSync('bash', ['--norc', '-euc', script], options).trim().split('\n');
}

it('scripts/setup names its steps to whoever asks for another', () => {
  const { status, stderr } = spawnSync(join(root, 'scripts/setup'), ['compile'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 64,
    stderr: "setup: there is no step 'compile'; there are: apt npm native models footage typescript\n",
  });
});

describe.each(systems)('%s', (name) => {
  it('has the same parts as the others', () => {
    expect(Object.keys(parts(name))).toEqual(['build', 'run', 'demo', 'bench']);
  });

  it('is read by scripts/setup all but what is compared with, or by part', () => {
    const { bench = [], ...others } = parts(name);
    expect(asSetup(name, '')).toEqual(Object.values(others).flat());
    expect(asSetup(name, 'bench')).toEqual(bench);
    expect(asSetup(name, 'build run')).toEqual([...(parts(name).build ?? []), ...(parts(name).run ?? [])]);
  });

  it('has a list of what runs that holds its part "run", and explains what is not from there', () => {
    const run = listed(`runtime/${name}`);
    const text = readFileSync(join(LISTS, 'runtime', name), 'utf8');
    const missing = (parts(name).run ?? []).filter((each) => !run.includes(each));
    expect(missing.filter((each) => !text.includes(`but ${each}: `))).toEqual([]);
    const more = run.filter((each) => !(parts(name).run ?? []).includes(each));
    expect(more).toEqual(
      name === 'debian-12.txt' ? ['ca-certificates', 'libyaml-cpp0.7', 'libcairo2'] : ['ca-certificates'],
    );
  });

  it('names nothing twice, and nothing that builds in the list of what runs', () => {
    expect(new Set(listed(name)).size).toBe(listed(name).length);
    expect(
      listed(`runtime/${name}`).filter((each) => /-dev$|^build-|cmake|ninja|pkg-config|clang/.test(each)),
    ).toEqual([]);
  });
});

const debian =
  existsSync('/etc/debian_version') && readFileSync('/etc/os-release', 'utf8').includes('VERSION_ID="12"');

/** Libraries that the files below `build/native` that an image gets are linked to. */
function linked(): string[] {
  const files = ['', 'lib', 'gstreamer-1.0'].flatMap((folder) =>
    readdirSync(join(buildDir, folder))
      .filter((name) => /\.(so|node)(\.|$)/.test(name) && !name.startsWith('libonnxruntime'))
      .map((name) => join(buildDir, folder, name)),
  );
  const text = execFileSync('ldd', files, { encoding: 'utf8' });
  return [...new Set([...text.matchAll(/=> (\/\S+)/g)].map(([, path = '']) => path))].filter(
    (path) => !path.startsWith(buildDir),
  );
}

/** The packages files of the system are from, whichever of its two names a package knows a file by. */
function owners(paths: readonly string[]): string[] {
  const names = paths.flatMap((path) => [path, path.replace(/^\/usr/, ''), `/usr${path}`]);
  // Its exit code tells that it does not know all of them.
  const { stdout } = spawnSync('dpkg', ['-S', ...names], { encoding: 'utf8' });
  const found = [...stdout.matchAll(/^([^:]+):.* (\/\S+)$/gm)];
  return paths.map((path) => {
    const hit = found.find(([, , file = '']) => path.replace(/^\/usr/, '') === file.replace(/^\/usr/, ''));
    return hit?.[1] ?? `nothing owns ${path}`;
  });
}

/** All that comes with some packages, as this machine has them installed; without recommendations. */
function closure(names: readonly string[]): Set<string> {
  const format = '${Package}\t${Pre-Depends}, ${Depends}\n';
  const known = execFileSync('dpkg-query', ['-W', '-f', format], { encoding: 'utf8' });
  const bare = (text: string) => text.split(/[,|]/).map((each) => each.trim().split(/[ :(]/)[0] ?? '');
  const depends = new Map<string, string[]>();
  for (const line of known.split('\n')) {
    const [name = '', needs = ''] = line.split('\t');
    depends.set(name, bare(needs).filter(Boolean));
  }
  const reached = new Set<string>();
  const queue = [...names, 'apt', 'base-files', 'libc6'];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    queue.push(...(depends.get(name) ?? []));
  }
  return reached;
}

describe.skipIf(!debian)('the list of what runs on Debian 12', () => {
  it('brings every library that was linked to', () => {
    const there = closure(listed('runtime/debian-12.txt'));
    const found = [...new Set(owners(linked()))];
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter((each) => !there.has(each))).toEqual([]);
  });

  it('would be missed: without its libraries some are not there', () => {
    const there = closure(parts('debian-12.txt').run ?? []);
    expect(owners(linked()).filter((each) => !there.has(each))).toContain('libyaml-cpp0.7');
  });
});
