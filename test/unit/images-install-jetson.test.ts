/** scripts/install-jetson, as far as a machine that is no Jetson can tell: every step it prints, and the files it makes below a folder. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageVersion } from '../../src/cli/version.js';
import { root } from '../support/paths.js';
import { run } from '../support/process.js';
import { withTempDir } from '../support/temp.js';

const SCRIPT = join(root, 'scripts/install-jetson');
const SDK = 'opt/nvidia/deepstream/deepstream';

/** What the script looks at on a Jetson with JetPack 6. */
const JETPACK_6: Readonly<Record<string, string>> = {
  'etc/nv_tegra_release':
    '# R36 (release), REVISION: 4.3, GCID: 1, BOARD: generic, EABI: aarch64, DATE: today\n',
  'etc/os-release': 'NAME="Ubuntu"\nVERSION_ID="22.04"\nID=ubuntu\n',
  [`${SDK}/version`]: 'Version: 7.1.0\nBuild ID: 1\n',
  [`${SDK}/sources/includes/nvdsmeta.h`]: '',
};
const JETPACK_7: typeof JETPACK_6 = {
  ...JETPACK_6,
  'etc/nv_tegra_release':
    '# R39 (release), REVISION: 2.0, GCID: 1, BOARD: generic, EABI: aarch64, DATE: today\n',
  'etc/os-release': 'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\n',
  [`${SDK}/version`]: 'Version: 9.1.0\n',
};

function jetson(at: string, files = JETPACK_6): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), text);
  }
  return at;
}

interface InstallOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function install({ args, env }: InstallOptions) {
  const environment = { ...process.env, DEEPSTREAM_ROOT: undefined, ...env };
  return run(SCRIPT, args, { env: environment });
}

/** The steps, without what is this machine's. */
const steps = (stdout: string, at?: string) =>
  (at === undefined ? stdout : stdout.replaceAll(at, 'ROOT'))
    .replaceAll(process.execPath, 'NODE')
    .replace(/\S+\.onnx( \S+\.onnx)*/g, 'WEIGHTS')
    .replace(/^\+ /gm, '')
    .trimEnd();

/** Hundreds of megabytes are copied. */
const COPIES_MS = 5 * 60_000;

describe('--dry-run', () => {
  it('prints every step below --root, and carries none out', () =>
    withTempDir(async (dir) => {
      const { code, stdout, stderr } = await install({ args: ['--root', jetson(dir), '--dry-run'] });
      expect(code).toBe(0);
      expect(steps(stdout, dir)).toMatchInlineSnapshot(`
        "env WEIR_PACKAGES=build\\ run scripts/setup apt npm native models typescript
        npx tsx scripts/install-tree.ts TEMPORARY/weir
        rm -rf ROOT/opt/weir.new ROOT/opt/weir.old
        install -d -m 0755 ROOT/opt ROOT/usr/bin ROOT/opt/weir.new/bin
        cp -R TEMPORARY/weir/. ROOT/opt/weir.new/
        install -m 0755 NODE ROOT/opt/weir.new/bin/node
        install -m 0755 scripts/systemd/weir ROOT/opt/weir.new/bin/weir
        mv -T ROOT/opt/weir.new ROOT/opt/weir
        rm -rf ROOT/opt/weir.old
        ln -sfn ../../opt/weir/bin/weir ROOT/usr/bin/weir
        install -d -m 0750 ROOT/etc/weir
        install -d -m 0755 ROOT/var/lib/weir ROOT/var/lib/weir/models
        install -m 0644 WEIGHTS ROOT/var/lib/weir/models
        install -D -m 0644 scripts/systemd/weir.service ROOT/etc/systemd/system/weir.service
        install -D -m 0644 scripts/systemd/jetson.conf ROOT/etc/systemd/system/weir.service.d/jetson.conf"
      `);
      expect(stderr).toContain('install-jetson: Jetson Linux 36.4, DeepStream 7.1, ubuntu-22.04\n');
      expect(readdirSync(dir).sort()).toEqual(['etc', 'opt']);
      expect(readdirSync(join(dir, 'opt'))).toEqual(['nvidia']);
    }));

  it('asks sudo for what needs root and for nothing else, on any machine', async () => {
    const { code, stdout, stderr } = await install({ args: ['--spec', 'my.yaml', '--dry-run'] });
    expect(code).toBe(0);
    expect(steps(stdout)).toMatchInlineSnapshot(`
      "env WEIR_PACKAGES=build\\ run scripts/setup apt npm native models typescript
      node dist/cli/main.cjs config check my.yaml
      npx tsx scripts/install-tree.ts TEMPORARY/weir
      sudo rm -rf /opt/weir.new /opt/weir.old
      sudo install -d -m 0755 -o root -g root /opt /usr/bin /opt/weir.new/bin
      sudo cp -R TEMPORARY/weir/. /opt/weir.new/
      sudo install -m 0755 -o root -g root NODE /opt/weir.new/bin/node
      sudo install -m 0755 -o root -g root scripts/systemd/weir /opt/weir.new/bin/weir
      sudo mv -T /opt/weir.new /opt/weir
      sudo rm -rf /opt/weir.old
      sudo ln -sfn ../../opt/weir/bin/weir /usr/bin/weir
      sudo useradd --system --user-group --home-dir /var/lib/weir --shell /usr/sbin/nologin weir
      sudo usermod --append --groups video\\,render weir
      sudo install -d -m 0750 -o root -g weir /etc/weir
      sudo install -d -m 0755 -o weir -g weir /var/lib/weir /var/lib/weir/models
      sudo install -m 0644 -o root -g root WEIGHTS /var/lib/weir/models
      sudo install -m 0640 -o root -g weir my.yaml /etc/weir/weir.yaml
      sudo install -D -m 0644 -o root -g root scripts/systemd/weir.service /etc/systemd/system/weir.service
      sudo install -D -m 0644 -o root -g root scripts/systemd/jetson.conf /etc/systemd/system/weir.service.d/jetson.conf
      sudo systemctl daemon-reload
      sudo systemctl enable weir
      sudo systemctl stop weir
      sudo runuser -u weir -- env WEIR_MODEL_DIR=/var/lib/weir/models /usr/bin/weir engine build /etc/weir/weir.yaml
      sudo systemctl start weir"
    `);
    expect(stderr).toContain('this is no Jetson');
  });

  it('shows what --uninstall takes away', async () => {
    const { stdout } = await install({ args: ['--uninstall', '--purge', '--dry-run'] });
    expect(steps(stdout)).toMatchInlineSnapshot(`
      "sudo rm -rf /opt/weir /opt/weir.new /opt/weir.old /usr/bin/weir /etc/systemd/system/weir.service /etc/systemd/system/weir.service.d
      sudo systemctl daemon-reload
      sudo rm -rf /etc/weir /var/lib/weir"
    `);
  });

  it('knows JetPack 7.2', () =>
    withTempDir(async (dir) => {
      const { code, stderr } = await install({ args: ['--root', jetson(dir, JETPACK_7), '--dry-run'] });
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining('Jetson Linux 39.2, DeepStream 9.1, ubuntu-24.04'),
      ]);
    }));

  it('fetches Node where there is none, and holds it to its hash', () =>
    withTempDir(async (dir) => {
      // Everything the script needs, but neither node nor npm.
      const bin = join(dir, 'bin');
      mkdirSync(bin);
      const tools = ['bash', 'env', 'dirname', 'id', 'sed', 'getent', 'cmp', 'readlink', 'setpriv'];
      for (const tool of tools)
        spawnSync('ln', ['-s', spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim(), bin]);
      const { stdout, stderr } = await install({
        args: ['--root', jetson(dir), '--dry-run'],
        env: { PATH: bin },
      });
      expect(steps(stdout, dir).split('\n').slice(0, 4)).toMatchInlineSnapshot(`
        [
          "mkdir -p .cache/node-v20.20.2-linux-arm64",
          "fetch https://nodejs.org/dist/v20.20.2/node-v20.20.2-linux-arm64.tar.xz .cache/node-v20.20.2-linux-arm64.tar.xz",
          "verify .cache/node-v20.20.2-linux-arm64.tar.xz 73093db209e4e9e09dd7d15a47aeaab1b74833830df03efa5f942a1122c5fa71",
          "tar -xJf .cache/node-v20.20.2-linux-arm64.tar.xz -C .cache/node-v20.20.2-linux-arm64 --strip-components=1",
        ]
      `);
      expect(stderr).toContain('Node.js 20.17.0 or newer with npm is not installed, and Ubuntu has none');
    }));
});

describe('a machine that does not fit', () => {
  const without = (path: string) =>
    Object.fromEntries(Object.entries(JETPACK_6).filter(([each]) => each !== path));
  it.each([
    [
      'is no Jetson',
      without('etc/nv_tegra_release'),
      'this is no Jetson: there is no ROOT/etc/nv_tegra_release\n  flash it with JetPack 6 or 7.2 first',
    ],
    [
      'has no DeepStream',
      without(`${SDK}/version`),
      `DeepStream is not in ROOT/${SDK}\n  install it, or set DEEPSTREAM_ROOT to where it is`,
    ],
    [
      'has no headers',
      without(`${SDK}/sources/includes/nvdsmeta.h`),
      `ROOT/${SDK} has no headers in sources/includes\n  install the whole SDK of DeepStream`,
    ],
    [
      'has a DeepStream of another JetPack',
      { ...JETPACK_6, [`${SDK}/version`]: 'Version: 9.1.0\n' },
      'Jetson Linux 36.4, DeepStream 9.1, ubuntu-22.04 do not belong together\n' +
        '  known are: 36.4 7.1 ubuntu-22.04; 39.2 9.1 ubuntu-24.04; install one of these rows',
    ],
  ])('%s', (_name, files, message) =>
    withTempDir(async (dir) => {
      const { code, stdout, stderr } = await install({ args: ['--root', jetson(dir, files), '--built'] });
      expect({ code, stdout, stderr: stderr.replaceAll(dir, 'ROOT') }).toEqual({
        code: 1,
        stdout: '',
        stderr: `install-jetson: ${message}\n`,
      });
    }),
  );
});

describe('options', () => {
  it.each([
    [['--spek', 'x'], 'unknown option --spek\n  scripts/install-jetson --help lists those there are'],
    [['--spec'], '--spec needs a value\n  scripts/install-jetson --help'],
    [['--purge'], '--purge goes with --uninstall'],
  ])('%j', async (args, message) => {
    expect(await install({ args })).toMatchObject({
      code: 64,
      stdout: '',
      stderr: `install-jetson: ${message}\n`,
    });
  });

  it('are told by --help', async () => {
    const { code, stdout } = await install({ args: ['--help'] });
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: scripts/install-jetson [options]

      Installs Weir on this Jetson and starts it as a service. To be run as an ordinary user, in a checkout that
      belongs to that user: sudo is asked for by the steps that need it, and the build needs none.

        --spec FILE      check FILE and make it /etc/weir/weir.yaml; without one there no engine is built and no service started
        --node FILE      archive of Node.js to use where none is installed, instead of fetching it
        --built          the checkout is built already: no packages and no build
        --root DIR       install below DIR: files alone, without sudo, users, owners or systemd
        --uninstall      remove the service, /opt/weir and /usr/bin/weir
        --purge          with --uninstall: remove the spec, the state, the models and the user weir too
        --dry-run        print every step, carry out none
        --help           this text
      "
    `);
  });

  it.runIf(process.getuid?.() === 0)('does not let root build', async () => {
    expect(await install({ args: [] })).toMatchObject({
      code: 64,
      stdout: '',
      stderr:
        'install-jetson: do not run this as root\n' +
        '  run it as the user the checkout belongs to; it asks sudo for what needs root\n',
    });
  });
});

/** Path, mode, and content, size or target of everything below a folder. */
function below(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => {
      const { mode } = lstatSync(join(folder, path));
      return `${path} ${(mode & 0o7777).toString(8)} ${content(join(folder, path))}`;
    })
    .sort();
}

function content(path: string): string {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return readlinkSync(path);
  if (!found.isFile()) return '';
  return found.size > 1e6
    ? String(found.size)
    : createHash('sha256').update(readFileSync(path)).digest('hex');
}

describe('--root', () => {
  it(
    'makes what a service needs, twice the same; keeps engines; takes away what it brought',
    { timeout: COPIES_MS },
    () =>
      withTempDir(async (dir) => {
        const at = jetson(join(dir, 'root'));
        const before = below(at);
        const spec = join(dir, 'weir.yaml');
        writeFileSync(spec, 'appliance: gate\npipelines: [{id: main, detector: {model: synthetic}}]\n');
        const args = ['--root', at, '--built', '--spec', spec];
        expect(await install({ args })).toMatchObject({ code: 0 });

        const weir = await run(join(at, 'usr/bin/weir'), ['--version'], { env: { PATH: '/usr/bin:/bin' } });
        expect(weir).toMatchObject({ code: 0, stdout: `${packageVersion()}\n` });
        const modes = below(at).map((line) => line.split(' ').slice(0, 2).join(' '));
        expect(modes).toEqual(
          expect.arrayContaining([
            'etc/weir 750',
            'etc/weir/weir.yaml 640',
            'etc/systemd/system/weir.service 644',
            'etc/systemd/system/weir.service.d/jetson.conf 644',
            'opt/weir 755',
            'opt/weir/bin/node 755',
            'opt/weir/bin/weir 755',
            'var/lib/weir 755',
            'var/lib/weir/models/synthetic.onnx 644',
          ]),
        );

        const models = join(at, 'var/lib/weir/models');
        const engine = join(models, 'synthetic.onnx_b8_gpu0_fp16.engine');
        writeFileSync(engine, '');
        const first = below(at);
        writeFileSync(join(models, 'nanodet-320x256.onnx'), 'of an older version');
        expect(await install({ args })).toMatchObject({ code: 0 });
        expect(below(at)).toEqual(first);

        expect(await install({ args: ['--root', at, '--uninstall'] })).toMatchObject({ code: 0 });
        expect(existsSync(join(at, 'opt/weir')) || existsSync(join(at, 'usr/bin/weir'))).toBe(false);
        expect(existsSync(join(at, 'etc/weir/weir.yaml')) && existsSync(engine)).toBe(true);
        expect(await install({ args: ['--root', at, '--uninstall', '--purge'] })).toMatchObject({ code: 0 });
        for (const empty of ['usr/bin', 'usr', 'var/lib', 'var', 'etc/systemd/system', 'etc/systemd'])
          rmSync(join(at, empty), { recursive: true });
        expect(below(at)).toEqual(before);
      }),
  );

  it('takes no spec that does not validate', () =>
    withTempDir(async (dir) => {
      const spec = join(dir, 'weir.yaml');
      writeFileSync(spec, 'appliance: gate\n');
      const { code, stderr } = await install({ args: ['--root', jetson(dir), '--built', '--spec', spec] });
      expect(code).toBe(78);
      expect(stderr).toContain('pipelines');
      expect(existsSync(join(dir, 'etc/weir/weir.yaml'))).toBe(false);
    }));
});

describe('what is installed', () => {
  const unit = readFileSync(join(root, 'scripts/systemd/weir.service'), 'utf8');
  const script = readFileSync(SCRIPT, 'utf8');

  it('is where the unit looks for it', () => {
    const [, program, spec] = /^ExecStart=(\S+) up (\S+)$/m.exec(unit) ?? [];
    expect(script).toContain(`"$root${program}"`);
    expect(script).toContain(`"$root${spec}"`);
    expect(/^User=(.*)$/m.exec(unit)?.[1]).toBe('weir');
    const [, groups] = /^SupplementaryGroups=(.*)$/m.exec(unit) ?? [];
    expect(script).toContain(`--groups ${groups?.replaceAll(' ', ',')} weir`);
    const state = `/var/lib/${/^StateDirectory=(.*)$/m.exec(unit)?.[1]}`;
    const models = /^Environment=WEIR_MODEL_DIR=(.*)$/m.exec(
      readFileSync(join(root, 'scripts/systemd/jetson.conf'), 'utf8'),
    )?.[1];
    expect(models).toBe(`${state}/models`);
    expect(script).toContain(`"$root${models}"`);
  });

  it('comes from files of the project', () => {
    const named = [...script.matchAll(/\bscripts\/[\w./-]+/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('knows the platforms that the page about containers lists', () => {
    const page = readFileSync(join(root, 'docs/containers.md'), 'utf8');
    const listed = [...page.matchAll(/^\| [\d., ]+ \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm)];
    const known = [...script.matchAll(/"([\d.]+) ([\d.]+) ubuntu-([\d.]+)"/g)];
    expect(known.map((row) => row.slice(1))).toEqual(listed.map((row) => row.slice(1)));
    expect(known).toHaveLength(2);
  });

  it('has lists of packages for every platform it knows, and what engines asks for', () => {
    const systems = [...script.matchAll(/"[\d.]+ [\d.]+ ([a-z]+-[\d.]+)"/g)].map(([, system]) => system);
    expect(systems).toEqual(['ubuntu-22.04', 'ubuntu-24.04']);
    for (const system of systems) {
      expect(existsSync(join(root, `scripts/packages/${system}.txt`))).toBe(true);
      expect(existsSync(join(root, `scripts/packages/runtime/${system}.txt`))).toBe(true);
    }
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      engines: { node: string };
    };
    expect(`>=${/^node_wanted=(.*)\.0$/m.exec(script)?.[1]}`).toBe(engines.node);
  });
});
