/** What the binaries ask of the system: nothing newer than GStreamer 1.20, and of NVIDIA only what exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildDir } from '../support/paths.js';
import { run } from '../support/process.js';
import { about, answer } from './ask.js';
import { providerUnderTest } from './provider.js';

/** What Jetsons of the oldest DeepStream named in the documentation have. */
const NEWEST = [1, 20] as const;

interface Header {
  readonly functions?: Readonly<Record<string, { library: string }>>;
}

const { headers } = JSON.parse(readFileSync(new URL('data/metadata-abi.json', import.meta.url), 'utf8')) as {
  headers: Readonly<Record<string, Header>>;
};
/** NVIDIA's functions by name, with the library that has them. */
const nvidia = new Map(
  Object.values(headers).flatMap((h) =>
    Object.entries(h.functions ?? {}).map(([name, f]) => [name, f.library]),
  ),
);

const addon = join(buildDir, 'weir.node');
const binaries =
  providerUnderTest().name === 'standin'
    ? [addon, join(buildDir, 'gstreamer-1.0/libgstnvstandin.so')]
    : [addon];

async function imports(binary: string): Promise<string[]> {
  const { code, stdout, stderr } = await run('nm', ['-D', '--undefined-only', '--format=posix', binary]);
  if (code !== 0) throw new Error(`nm ${binary}: ${stderr}`);
  return stdout.split('\n').flatMap((line) => line.split(/[@ ]/)[0] || []);
}

const ofNvidia = (symbol: string): boolean => /^(nv|Nv|gst_nv|gst_buffer_.*nvds)/.test(symbol);
/** Data and helpers of macros, which GIR files leave out. None is newer than GStreamer 1.2. */
const UNLISTED = new Set([
  ...['GST_CAT_DEFAULT', '_gst_debug_category_new', '_gst_debug_min', '_gst_element_error_printf'],
  ...['_gst_fraction_type', '_gst_debug_get_category', '_gst_caps_features_memory_system_memory'],
]);
const ofGStreamer = (symbol: string): boolean =>
  /^_?gst_/i.test(symbol) && !ofNvidia(symbol) && !UNLISTED.has(symbol);

describe('GStreamer', () => {
  let since: Map<string, string>;

  beforeAll(async () => {
    const { stdout } = await run('pkg-config', ['--variable=girdir', 'gstreamer-1.0']);
    const folder = stdout.trim();
    if (!existsSync(folder)) throw new Error(`no GIR files in ${folder}; they come with libgstreamer1.0-dev`);
    const files = readdirSync(folder).filter((name) => /^Gst\w*-1\.0\.gir$/.test(name));
    since = new Map(files.flatMap((name) => [...symbolVersions(readFileSync(join(folder, name), 'utf8'))]));
  });

  test('the GIR files say since when a function exists', () => {
    expect(since.get('gst_element_request_pad_simple')).toBe('1.20');
    expect(since.get('gst_buffer_new')).toBe('1.0');
  });

  test.each(binaries.map((path) => [basename(path), path]))(
    '%s needs nothing newer than 1.20',
    async (_, path) => {
      const symbols = (await imports(path)).filter(ofGStreamer);
      expect(symbols.length).toBeGreaterThan(20);
      expect(symbols.filter((symbol) => !since.has(symbol))).toEqual([]);
      expect(symbols.filter((symbol) => isNewer(since.get(symbol) as string))).toEqual([]);
    },
  );
});

describe('NVIDIA', () => {
  about('abi', 'DeepStream 9.1 includes/ and the libraries that export them');

  test.each(binaries.map((path) => [basename(path), path]))(
    '%s imports functions that exist',
    async (_, path) => {
      const symbols = (await imports(path)).filter(ofNvidia);
      expect(symbols).toContain('gst_buffer_get_nvds_batch_meta');
      answer(
        symbols.filter((symbol) => !nvidia.has(symbol)),
        [],
        'unknown ones',
      );
    },
  );

  test('the addon is linked to the libraries that have them', async () => {
    const { stdout } = await run('readelf', ['-d', addon]);
    const linked = [...stdout.matchAll(/NEEDED.*\[(.+)\]/g)].map(([, name]) => name);
    const needed = new Set((await imports(addon)).filter(ofNvidia).map((symbol) => nvidia.get(symbol)));
    expect(linked).toEqual(expect.arrayContaining([...needed]));
  });
});

/** Each function's version in a GIR file; one without belongs to its class's version, or to 1.0. */
function symbolVersions(gir: string): Map<string, string> {
  const versions = new Map<string, string>();
  let type = '1.0';
  for (const [, closing, tag, attributes = ''] of gir.matchAll(/<(\/?)([\w:-]+)([^<>]*)>/g)) {
    const isType = /^(class|interface|record|union|enumeration|bitfield)$/.test(tag ?? '');
    if (closing) {
      if (isType) type = '1.0';
      continue;
    }
    const version = /\bversion="(\d+\.\d+)[^"]*"/.exec(attributes)?.[1];
    if (isType) type = attributes.endsWith('/') ? '1.0' : (version ?? '1.0');
    for (const [, symbol] of attributes.matchAll(/(?:c:identifier|glib:get-type)="(\w+)"/g)) {
      versions.set(symbol as string, version ?? type);
    }
  }
  return versions;
}

function isNewer(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NEWEST[0] || (major === NEWEST[0] && minor > NEWEST[1]);
}
