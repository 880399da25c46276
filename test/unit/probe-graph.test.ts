import { describe, expect, it } from 'vitest';
import { decoders, probeGraph } from '../../src/probe/graph.js';
import type { SourceTemplate } from '../../src/graph/types.js';

const source = (pictures: boolean) =>
  probeGraph({ provider: 'nvidia', pictures }).templates.sources.rtsp as SourceTemplate;
const chainOf = ({ variants: [variant] }: SourceTemplate): string[] => {
  const elements = new Map(variant?.nodes.map(({ id, element }) => [id, element]));
  const links = new Map(variant?.links.map(({ from, to }) => [from.node, to.node]));
  const ids: string[] = [];
  for (let id = variant?.entry; id !== undefined; id = links.get(id)) ids.push(id);
  return ids.map((id) => elements.get(id) ?? id);
};

describe('the graph of a probe', () => {
  it('counts access units before the tap and decodes nothing', () => {
    expect(chainOf(source(false))).toEqual([
      ...[
        'rtph264depay',
        'h264parse',
        'capsfilter',
        'weirmeter',
        'tee',
        'queue',
        'identity',
        'identity',
        'queue',
      ],
    ]);
  });

  it('decodes by software where a picture is wanted', () => {
    expect(chainOf(source(true))).toContain('avdec_h264');
    expect(decoders()).toEqual(['avdec_h264', 'avdec_h265']);
  });

  it('has none of the elements that need a GPU, on either provider', () => {
    const used = JSON.stringify(probeGraph({ provider: 'nvidia', pictures: true }));
    expect(used).not.toMatch(/"element":"nv/);
  });

  it('takes the same sources by the same guards as a pipeline', () => {
    expect(source(false).variants.map(({ caps }) => caps)).toEqual([
      'application/x-rtp,media=video,encoding-name=H264',
      'application/x-rtp,media=video,encoding-name=H265',
    ]);
    expect(source(false).nodes[0]).toMatchObject({ element: 'rtspsrc' });
  });
});
