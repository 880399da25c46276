import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GraphNode, graph, sourceParams } from '../../src/graph/index.js';
import { formatProblems, parseSpec, type StreamSpec } from '../../src/spec/index.js';
import { ALL_FRAMES } from '../support/all-frames.js';
import { root } from '../support/paths.js';
import { withTempDir } from '../support/temp.js';

function load(stream: string, mediaRoot = '/media') {
  const text = `appliance: a\nmediaRoot: ${mediaRoot}\npipelines:\n  - id: main\n    detector: {model: tiny}\n    streams: [{id: s, ${stream}}]\n`;
  const result = parseSpec(text, 'weir.yaml', { modelsDir: join(root, 'test/unit/models'), env: {} });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return { spec: result.spec, stream: result.spec.pipelines[0]?.streams[0] as StreamSpec };
}

const CAMERA = 'uri: "rtsp://cam/1", user: "${env:U}", password: "${env:P}", transport: udp, latencyMs: 100';

describe('what fills a source template', () => {
  it('of a camera: its address without, its secrets beside', () => {
    expect(sourceParams(load(CAMERA).stream, { env: { U: 'admin', P: 'c4n4ry' } })).toEqual({
      template: 'rtsp',
      ...ALL_FRAMES,
      params: { uri: 'rtsp://cam/1', user: 'admin', password: 'c4n4ry', protocols: 'udp', latency: 100 },
    });
  });

  it('of a camera whose name was resolved: the address it was resolved to', () => {
    const { params } = sourceParams(load('uri: "rtsp://cam/1"').stream, { uri: 'rtsp://192.0.2.1/1' });
    expect(params.uri).toBe('rtsp://192.0.2.1/1');
  });

  it('of a camera without credentials leaves their holes open', () => {
    const { params } = sourceParams(load('uri: "rtsp://cam/1"').stream);
    expect(Object.keys(params).sort()).toEqual(['latency', 'protocols', 'uri']);
  });

  it('of a camera whose secret is missing is an error that names it', () => {
    expect(() => sourceParams(load(CAMERA).stream, { env: { U: 'admin' } })).toThrow(
      expect.objectContaining({ code: 'SECRET_UNAVAILABLE', message: '${env:P}: there is no value' }),
    );
  });

  it('of a file: its real path, and the frame rate where nothing else tells it', async () => {
    await withTempDir((dir) => {
      const mediaRoot = realpathSync(dir);
      for (const name of ['a.mp4', 'b.h264', 'c.265']) writeFileSync(join(mediaRoot, name), '');
      const params = (name: string, more = '') =>
        sourceParams(load(`uri: "file://${mediaRoot}/${name}"${more}`, mediaRoot).stream, { mediaRoot });
      expect(params('a.mp4')).toEqual({
        template: 'mp4',
        ...ALL_FRAMES,
        params: { uri: join(mediaRoot, 'a.mp4') },
      });
      expect(params('b.h264', ', fps: 12.5').params.caps).toBe(
        'video/x-h264,stream-format=byte-stream,framerate=12500/1000',
      );
      expect(params('c.265').params.caps).toBe('video/x-h265,stream-format=byte-stream,framerate=15/1');
    });
  });

  it('says which frames are analysed', () => {
    const few = load('uri: "rtsp://cam/1", decode: keyframes, maxFps: 0.5').stream;
    expect(sourceParams(few)).toMatchObject({ decode: 'keyframes', maxFps: 0.5 });
  });

  it('fits the holes of its template', () => {
    const { spec, stream } = load(CAMERA);
    const g = graph(spec, 'main', 'standin', { configDir: '/c', libDir: '/l' });
    const { template, params } = sourceParams(stream, { env: { U: 'a', P: 'b' } });
    const nodes: readonly GraphNode[] = g.templates.sources[template]?.nodes ?? [];
    const holes = nodes.flatMap((n) =>
      Object.values(n.props).flatMap((v) => (typeof v === 'object' ? [v.hole] : [])),
    );
    expect(Object.keys(params).sort()).toEqual(holes.sort());
    expect(JSON.stringify(g)).not.toContain('rtsp://cam');
  });
});
