import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configFiles } from '../../src/deepstream/index.js';
import { checkGraph, graph, sourceParams, toDot } from '../../src/graph/index.js';
import { parseSpec, type StreamSpec } from '../../src/spec/index.js';
import { root } from '../support/paths.js';

const AT = { configDir: '/c', libDir: '/l' };

/** What a launch string, a shell, an INI file or a template would take for its own syntax. */
const SYNTAX = [
  '!filesrc%20location=/etc/passwd!fakesink',
  'a!b',
  '"quoted"',
  "'quoted'",
  '{}',
  '{{x}}',
  '${env:HOME}',
  '$(id)',
  '`id`',
  'a;b',
  'a,b',
  'name=x',
  'x.src_0',
  '[property]',
  '%s%n',
  '*',
  '<b>',
  'a|b',
];

function load(id: string, uri: string) {
  const pipelines = [{ id: 'main', detector: { model: 'tiny' }, streams: [{ id, uri }] }];
  const text = JSON.stringify({ appliance: 'a', pipelines });
  return parseSpec(text, 'x', { modelsDir: join(root, 'test/unit/models'), env: {} });
}

function planned(uri: string) {
  const loaded = load('cam', uri);
  if (!loaded.ok) throw new Error(`${uri} is refused`);
  const made = graph(loaded.spec, 'main', 'standin', AT);
  const [pipeline] = loaded.spec.pipelines;
  if (!pipeline) throw new Error('no pipeline');
  const files = configFiles(pipeline, 'standin', AT);
  const stream = pipeline.streams[0] as StreamSpec;
  return { made, files, dot: toDot(made), params: sourceParams(stream).params };
}

describe('an address with the syntax of something else', () => {
  const plain = planned('rtsp://cam/plain');

  it.each(SYNTAX)('%s changes nothing but the address', (syntax) => {
    const uri = `rtsp://cam/${syntax}?q=${syntax}`;
    const hostile = planned(uri);
    expect(hostile.params).toEqual({ ...plain.params, uri });
    expect(hostile.made).toEqual(plain.made);
    expect(hostile.files).toEqual(plain.files);
    expect(hostile.dot).toBe(plain.dot);
  });

  it.each(SYNTAX)('%s is no host', (syntax) => {
    const loaded = load('cam', `rtsp://${syntax}:554/x`);
    // A host may have a dot in it: what is left after the colon and slash decides.
    if (syntax === 'x.src_0') expect(loaded.ok).toBe(true);
    else expect(loaded.ok).toBe(false);
  });
});

describe('a name with the syntax of something else', () => {
  it.each([...SYNTAX, 'a b', 'a\tb', 'a\nb', 'a.b', 'a/b', '..', 'a\\b', 'A', '>', 'a"b', 'a>b'])(
    '%j is refused',
    (name) => expect(load(name, 'rtsp://cam/1').ok).toBe(false),
  );
});

describe('an element nobody knows', () => {
  it('is refused, wherever it stands in the graph', () => {
    const { made } = planned('rtsp://cam/1');
    const evil = { id: 'evil', element: 'filesrc ! fakesink', props: {} };
    expect(checkGraph({ ...made, nodes: [...made.nodes, evil] })).toMatchObject([
      { node: 'evil', message: expect.stringContaining('filesrc ! fakesink') as string },
    ]);
    const [rtsp] = Object.entries(made.templates.sources);
    if (!rtsp) throw new Error('no source');
    const source = { ...rtsp[1], nodes: [...rtsp[1].nodes, { ...evil, element: 'appsrc' }] };
    const templates = { ...made.templates, sources: { [rtsp[0]]: source } };
    expect(checkGraph({ ...made, templates })).not.toEqual([]);
  });
});
