import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { root } from '../support/paths.js';
import { about, answer } from './ask.js';

/** Declared by headers of the stand-in though their layout was not measured. */
const NOT_MEASURED = new Set(['NvMOTRect', 'NvMOTConfigResponse', 'NvDsObjConvexHull', 'NvDsObj3DBbox']);

type Header = Readonly<
  Record<'structs' | 'enums' | 'functions', Readonly<Record<string, unknown>> | undefined>
>;

const { headers } = JSON.parse(readFileSync(new URL('data/metadata-abi.json', import.meta.url), 'utf8')) as {
  headers: Readonly<Record<string, Header>>;
};
const includes = join(root, 'native/standin/include');

// The converse, that nothing in metadata-abi.json is missing or different in a header, is checked by the
// compiler: native/test/abi_test.cc.
about('abi', 'DeepStream 9.1 includes/, compiled and measured');

describe.each(readdirSync(includes))('%s', (file) => {
  const text = readFileSync(join(includes, file), 'utf8');
  const measured = headers[file];

  test('declares no type that is not asserted', () => {
    const declared = [...text.matchAll(/^\} (\w+);/gm)].map(([, name]) => name as string);
    const known = { ...measured?.structs, ...measured?.enums };
    answer(
      declared.filter((name) => !(name in known) && !NOT_MEASURED.has(name)),
      [],
    );
  });

  test('declares no function that is not asserted', () => {
    const declared = [...text.matchAll(/^(?!typedef)[A-Za-z][\w *]*?(\w+)\([^;{]*?\);/gm)].map(
      ([, name]) => name as string,
    );
    answer(
      declared.filter((name) => !(name in (measured?.functions ?? {}))),
      [],
    );
  });
});
