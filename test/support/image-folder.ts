/**
 * Builds an image's stages as folders, without a container engine: each base is a fresh Debian, each RUN is carried out in it by
 * `chroot` in namespaces of its own. Needs root and debootstrap. What a base image has beyond a smallest Debian is not there.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Instruction, Stage } from './dockerfile.js';
import { type Outcome, run } from './process.js';

const STEP_MS = 30 * 60_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Issuers this machine trusts on the way to package sources. */
const ISSUERS = '/etc/ssl/certs/ca-certificates.crt';
const ISSUERS_INSIDE = '/mnt/issuers.crt';
const SOURCES = '/etc/apt/sources.list.d/debian.sources';

/** Why folders cannot be built here; undefined where they can. */
export function whyNoFolders(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  if (spawnSync('unshare', ['--mount', '--pid', '--net', '--fork', 'true']).status !== 0)
    return 'this machine permits no namespaces';
  return spawnSync('debootstrap', ['--version']).status === 0 ? undefined : 'debootstrap is not installed';
}

/** Runs a program and throws what it wrote where it fails. */
async function must(command: string, args: readonly string[]): Promise<Outcome> {
  const outcome = await run(command, args, { timeoutMs: STEP_MS });
  if (outcome.code === 0) return outcome;
  const tail = (outcome.stdout + outcome.stderr).split('\n').slice(-40).join('\n');
  throw new Error(`${command} ${args.at(-1)} ended with ${outcome.code ?? outcome.signal}:\n${tail}`);
}

/** A smallest Debian 12 as it is published, with this machine's way to its package sources. */
export async function debianBase(folder: string): Promise<void> {
  await must('debootstrap', ['--variant=minbase', 'bookworm', folder]);
  if (existsSync(SOURCES)) {
    cpSync(SOURCES, join(folder, SOURCES));
    writeFileSync(join(folder, 'etc/apt/sources.list'), '');
  }
  writeFileSync(join(folder, 'etc/resolv.conf'), readFileSync('/etc/resolv.conf'));
}

/** Where the stage `node` would have come from: this machine's own, at the places of Node's image. */
const NODE: Readonly<Record<string, () => string>> = {
  '/usr/local/bin/node': () => process.execPath,
  '/usr/local/lib/node_modules/npm': () =>
    join(spawnSync('npm', ['root', '-g'], { encoding: 'utf8' }).stdout.trim(), 'npm'),
};

export interface ImageFolder {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workdir: string;
}

export interface BuildOptions {
  /** Of the project: what COPY takes files from. */
  readonly context: string;
  /** A Debian as `debianBase` makes it. */
  readonly base: string;
  /** Where the stages go. */
  readonly into: string;
  log?(text: string): void;
}

/** Carries out all stages but `node`; the last is the image. Throws at the first step that fails. */
export async function buildFolders(stages: readonly Stage[], options: BuildOptions): Promise<ImageFolder> {
  const made = new Map<string, FolderStage>();
  for (const [index, stage] of stages.entries()) {
    if (stage.name === 'node') continue;
    const name = stage.name ?? String(index);
    const folder = new FolderStage(join(options.into, name), options, made);
    await must('cp', ['-a', options.base, folder.path]);
    for (const instruction of stage.instructions) await folder.carryOut(instruction);
    made.set(name, folder);
  }
  const last = [...made.values()].at(-1);
  if (!last) throw new Error('there is no stage');
  return last;
}

class FolderStage implements ImageFolder {
  readonly environment: Record<string, string> = {};
  readonly #variables: Record<string, string> = {};
  user = '0';
  workdir = '/';

  constructor(
    readonly path: string,
    private readonly options: BuildOptions,
    private readonly stages: ReadonlyMap<string, ImageFolder>,
  ) {}

  async carryOut(instruction: Instruction): Promise<void> {
    const { keyword, text } = instruction;
    if (keyword === 'RUN') await this.#run(instruction);
    else if (keyword === 'COPY') this.#copy(instruction);
    else if (keyword === 'ARG') Object.assign(this.#variables, pairs(text));
    else if (keyword === 'ENV') Object.assign(this.environment, pairs(text));
    else if (keyword === 'USER') this.user = text;
    else if (keyword === 'WORKDIR') this.#enter(text);
  }

  async #run({ flags, text }: Instruction): Promise<void> {
    this.options.log?.(text);
    const mounts = flags.mount === undefined ? [] : [bindMount(flags.mount, this.options.context)];
    await must(...inside(this, { command: ['/bin/sh', '-c', text], mounts, variables: this.#variables }));
  }

  #copy({ flags, text }: Instruction): void {
    const words = text.split(/\s+/);
    const target = words.pop() ?? '';
    const to = join(this.path, resolve(this.workdir, target));
    for (const word of words) {
      const into = words.length > 1 || target.endsWith('/') ? join(to, basename(word)) : to;
      mkdirSync(dirname(into), { recursive: true });
      cpSync(this.#source(word, flags.from), into, { recursive: true, verbatimSymlinks: true });
    }
  }

  #source(word: string, stage: string | undefined): string {
    if (stage === undefined) return join(this.options.context, word);
    if (stage === 'node') return NODE[word]?.() ?? `${word} of Node's image`;
    return join(this.stages.get(stage)?.path ?? '', word);
  }

  #enter(folder: string): void {
    this.workdir = resolve(this.workdir, folder);
    mkdirSync(join(this.path, this.workdir), { recursive: true });
  }
}

function pairs(text: string): Record<string, string> {
  const found = [...text.matchAll(/(\w+)=("[^"]*"|\S*)/g)];
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value.replace(/^"|"$/g, '')]));
}

function bindMount(flag: string, context: string): string {
  const parts = Object.fromEntries(flag.split(',').map((part) => part.split('='))) as Record<string, string>;
  if (parts.type !== 'bind') throw new Error(`--mount=${flag}: only bind mounts are carried out`);
  return `${join(context, parts.source ?? '')}:${parts.target}`;
}

interface Inside {
  readonly command: readonly string[];
  /** `from:to`, read-only. */
  readonly mounts?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** As `docker run --read-only --cap-drop ALL --network none` has it; folders named here are empty and the user's. */
  readonly confined?: readonly string[];
}

/** The command that does something in the folder, as its user. */
export function inside(folder: ImageFolder, options: Inside): [command: string, args: string[]] {
  const { command, mounts = [], variables = {}, confined } = options;
  const trusted = existsSync(ISSUERS) && !confined;
  const environment = {
    ...{ PATH, HOME: folder.user === '0' ? '/root' : '/var/lib/weir' },
    ...(trusted && { NODE_EXTRA_CA_CERTS: ISSUERS_INSIDE }),
    ...folder.environment,
    ...variables,
  };
  const setUp = [
    'mount --bind "$ROOT" "$ROOT"',
    'mount -t proc proc "$ROOT/proc"',
    'mount --rbind /dev "$ROOT/dev"',
    ...[...mounts, ...(trusted ? [`${ISSUERS}:${ISSUERS_INSIDE}`] : [])].flatMap(mountLines),
    ...(confined ?? []).map((each) => `mount -t tmpfs -o uid=${folder.user},mode=0750 tmpfs "$ROOT${each}"`),
    ...(confined ? ['mount -o remount,bind,ro "$ROOT"'] : []),
  ];
  const drop = confined
    ? `setpriv --reuid ${folder.user} --regid ${folder.user} --init-groups --no-new-privs --bounding-set -all --inh-caps -all`
    : '';
  const script = `${setUp.join('\n')}\nexec env -i "$@"`;
  const enter = ['chroot', folder.path, ...drop.split(' ').filter(Boolean), 'env', '-C', folder.workdir];
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', ...(confined ? ['--net'] : [])];
  const set = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [
    'env',
    [
      `ROOT=${folder.path}`,
      'unshare',
      ...namespaces,
      'sh',
      '-euc',
      script,
      'sh',
      ...set,
      ...enter,
      ...command,
    ],
  ];
}

function mountLines(pair: string): string[] {
  const [from = '', to = ''] = pair.split(':');
  const make = existsSync(from) && !from.endsWith('.crt') ? 'mkdir -p' : 'touch';
  return [`${make} "$ROOT${to}"`, `mount --bind -o ro "${from}" "$ROOT${to}"`];
}
