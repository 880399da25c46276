/** A machine that answers from a written-down tree: files, folders and what programs print. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../../src/device/machine.js';
import { root } from './paths.js';

export interface Tree {
  /** Where the tree is from. */
  readonly source: string;
  /** Of the GStreamer the machine has, as the addon says it. */
  readonly gstreamer?: string;
  /** Text by absolute path. A string of a device tree ends with a NUL. */
  readonly files: Readonly<Record<string, string>>;
  /** Names in folders, besides those of the files. */
  readonly folders: Readonly<Record<string, readonly string[]>>;
  /** What a command line prints; one that is not there, or null, fails. */
  readonly programs: Readonly<Record<string, string | null>>;
  readonly tegrastats: readonly string[];
}

/** What differs from a tree; null: is not there. */
export interface Changes {
  readonly files?: Readonly<Record<string, string | null>>;
  readonly folders?: Readonly<Record<string, readonly string[]>>;
  readonly programs?: Readonly<Record<string, string | null>>;
}

export const DEVICES = join(root, 'test/unit/data/devices');

export function recordedDevices(): string[] {
  return readdirSync(DEVICES).flatMap((name) => /^(.+)\.json$/.exec(name)?.[1] ?? []);
}

export function recordedTree(id: string): Tree {
  return JSON.parse(readFileSync(join(DEVICES, `${id}.json`), 'utf8')) as Tree;
}

export function changed(tree: Tree, changes: Changes): Tree {
  const files = Object.entries({ ...tree.files, ...changes.files }).filter(([, text]) => text !== null);
  return {
    ...tree,
    files: Object.fromEntries(files) as Tree['files'],
    folders: { ...tree.folders, ...changes.folders },
    programs: { ...tree.programs, ...changes.programs },
  };
}

export const EMPTY: Tree = { source: 'none', files: {}, folders: {}, programs: {}, tegrastats: [] };

export interface RecordedMachine extends Machine {
  /** Command lines that were asked for and are not written down. */
  readonly unknown: string[];
}

export function recordedMachine({ files, folders, programs }: Tree): RecordedMachine {
  const unknown: string[] = [];
  return {
    unknown,
    read: async (path) => files[path],
    list: async (path) =>
      [...new Set([...(folders[path] ?? []), ...childrenOf(path, Object.keys(files))])].sort(),
    async run(command, args) {
      const line = [command, ...args].join(' ');
      if (!(line in programs)) unknown.push(line);
      return programs[line] ?? undefined;
    },
  };
}

function childrenOf(folder: string, paths: readonly string[]): string[] {
  const start = `${folder}/`;
  return paths.flatMap((path) =>
    path.startsWith(start) ? (path.slice(start.length).split('/')[0] ?? []) : [],
  );
}
