import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import { ERRORS } from '../../src/spec/error.js';
import { WORKER_ENDS } from '../../src/metrics/process-states.js';
import { CAUSES } from '../../src/streams/retry.js';
import { DOWN_CAUSES } from '../../src/worker/status.js';
import { root } from '../support/paths.js';
import { acceptedInferKeys, acceptedProperties, ignoredTrackerKeys } from '../support/standin-source.js';

const SKIPPED = new Set(['node_modules', 'build', 'dist', '.cache', '.git']);
const pages = pagesBelow(root).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const page = (path: string) => pages.find((p) => p.path === path)?.text ?? '';

function pagesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : pagesBelow(path);
    return entry.name.endsWith('.md') ? [relative(root, path)] : [];
  });
}

const withoutCode = (text: string) => text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, 'code');

/** A heading's anchor, as GitHub makes it. */
function anchors(text: string): string[] {
  const headings = text.replace(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function linksOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1] ?? '');
}

/** Why a link leads nowhere; undefined when it does not. */
function brokenBecause(from: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#', 2);
  const target = path === '' ? from : relative(root, join(root, dirname(from), path));
  if (!existsSync(join(root, target))) return 'no such file';
  if (anchor === undefined || anchors(page(target)).includes(anchor)) return undefined;
  return `no heading #${anchor}`;
}

describe('the pages', () => {
  it.each(pages)('$path has links that lead somewhere', ({ path, text }) => {
    const local = linksOf(text).filter((link) => !/^https?:/.test(link));
    const broken = local.map((link) => [link, brokenBecause(path, link)]).filter(([, why]) => why);
    expect(broken).toEqual([]);
  });

  it('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const link of linksOf(page(path))) {
        const target = relative(root, join(root, dirname(path), link.split('#')[0] ?? ''));
        if (pages.some((p) => p.path === target)) reached.add(target);
      }
    }
    expect([...reached].sort()).toEqual(pages.map((p) => p.path).sort());
  });

  it('carry pictures of at most 150 kB', () => {
    const images = join(root, 'docs/images');
    const sizes = readdirSync(images).map((name) => [name, statSync(join(images, name)).size] as const);
    expect(sizes.filter(([, size]) => size > 150_000)).toEqual([]);
  });
});

/** What stands in the first column of the tables under a heading. */
function firstColumn(heading: string): (string | undefined)[] {
  const [, section = ''] = page('docs/operations.md').split(`## ${heading}\n`);
  const rows = (section.split('\n## ')[0] ?? '').matchAll(/^\| (`[a-z`, -]+`) \| .+ \| .* \|$/gm);
  return [...rows].flatMap(([, names = '']) => [...names.matchAll(/`([a-z-]+)`/g)].map((m) => m[1]));
}

test('docs/operations.md says what to do about every cause', () => {
  const named = firstColumn('Streams: causes and remedies');
  expect(named.sort()).toEqual([...CAUSES, ...DOWN_CAUSES].sort());
});

test('docs/operations.md says what to do about every end of a worker', () => {
  expect(firstColumn('Workers that end')).toEqual(WORKER_ENDS);
});

test('docs/operations.md lists every error with its exit code, HTTP status and meaning, and no other', () => {
  const rows = page('docs/operations.md').matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (\d+) \| (.+?) \| .+ \|$/gm);
  const listed = [...rows].map(([, code, exit, http, meaning]) => [
    code,
    { exitCode: Number(exit), httpStatus: Number(http), meaning },
  ]);
  expect(listed).toEqual(Object.entries(ERRORS));
});

describe('commands in the pages', () => {
  const code = pages.flatMap(({ path, text }) => {
    const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)]
      .filter(([, language]) => language === '')
      .flatMap(([, , lines = '']) => lines.split('\n'));
    const spans = [...text.matchAll(/`([^`\n]+)`/g)].map((m) => m[1] ?? '');
    return [...blocks, ...spans].map((line) => ({ path, line }));
  });
  const uses = (pattern: RegExp) =>
    code.flatMap(({ path, line }) => {
      const found = pattern.exec(line)?.[1];
      return found === undefined ? [] : [{ path, name: found }];
    });

  it('of npm are scripts whose program exists', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const used = [...uses(/^npm run ([\w:]+)/), ...uses(/^npm (test)\b/)];
    expect(used.length).toBeGreaterThan(3);
    expect(used.filter(({ name }) => scripts[name] === undefined)).toEqual([]);
    const programs = used.map(({ name }) => scripts[name]?.split(' ')[0] ?? '');
    expect(programs.filter((p) => p.startsWith('scripts/') && !existsSync(join(root, p)))).toEqual([]);
  });

  it('of the project are there', () => {
    const used = uses(/^(?:npx tsx )?((?:scripts|src|native|test|models|deepstream-configs)\/[\w./-]+)/);
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter(({ name }) => !existsSync(join(root, name)))).toEqual([]);
  });

  it('of weir are in its help, options included', () => {
    const lines = uses(/^(?:weir|node dist\/cli\/main\.cjs) ([a-z].*)$/);
    expect(lines.length).toBeGreaterThan(10);
    const faults = lines.flatMap(({ path, name }) => faultsOf(name).map((fault) => `${path}: ${fault}`));
    expect(faults).toEqual([]);
  });
});

function faultsOf(line: string): string[] {
  const words = line.replace(/\s+[#|].*$/, '').split(/\s+/);
  let command: Command = buildProgram();
  for (const word of words) {
    const sub = command.commands.find((c) => c.name() === word);
    if (!sub) break;
    command = sub;
  }
  if (command.parent === null) return [`weir ${words[0]}: no such command`];
  return words
    .filter((word) => word.startsWith('-') && word !== '--help')
    .filter((word) => !command.options.some(({ long, short }) => [long, short].includes(word)))
    .map((word) => `weir ${command.name()} has no option ${word}`);
}

describe('docs/stand-in.md', () => {
  const text = page('docs/stand-in.md');
  const names = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? '');

  it.each([
    ['nvstreammux', 'mux/properties.h', 'mux/properties.cc', 'mux/nvstreammux.cc'],
    ['nvinfer', 'infer/nvinfer.cc'],
    ['nvtracker', 'tracker/nvtracker.cc'],
    ['nvdsosd', 'osd/nvdsosd.cc'],
  ])('lists the properties %s accepts and does not act on', (element, ...files) => {
    const [, warned, silent] =
      new RegExp(`^\\| \`${element}\` \\| ([^|]*) \\| ([^|]*) \\|$`, 'm').exec(text) ?? [];
    expect({ warned: names(warned), silent: names(silent) }).toEqual(acceptedProperties(...files));
  });

  it("lists nvinfer's keys", () => {
    const section = /### Keys of nvinfer.*?(?=\n### )/s.exec(text)?.[0] ?? '';
    const list = (title: string) => names(new RegExp(`^${title}: (.*)\\.$`, 'm').exec(section)?.[1]);
    expect({ warned: list('Warned of'), silent: list('In silence') }).toEqual(acceptedInferKeys());
  });

  it("lists the low-level tracker's keys", () => {
    const section = /### Keys of the low-level tracker.*/s.exec(text)?.[0] ?? '';
    const rows = [...section.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)];
    const listed = rows.flatMap(([, name, keys]) => names(keys).map((key) => `${name}.${key}`));
    expect(listed.sort()).toEqual(ignoredTrackerKeys().sort());
  });
});
