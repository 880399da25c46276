import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../src/deepstream/index.js';
import { gstreamerElements } from '../../src/deepstream/gstreamer-elements.js';

describe("the catalogue of GStreamer's own elements", () => {
  it.each(Object.keys(gstreamerElements))('%s is here, with its pads and properties', (name) => {
    const text = execFileSync('gst-inspect-1.0', ['--no-colors', name], { encoding: 'utf8' });
    const facts = CATALOGUE.get(name);
    for (const property of Object.keys(facts?.properties ?? {})) {
      expect(text).toMatch(new RegExp(`^ +${property} +: `, 'm'));
    }
    for (const pad of facts?.pads ?? [])
      expect(text).toContain(`${pad.direction.toUpperCase()} template: '${pad.name}'`);
    for (const [property, { values = {} }] of Object.entries(facts?.properties ?? {})) {
      const block = text.slice(text.search(new RegExp(`^ +${property} +: `, 'm')));
      for (const [number, nick] of Object.entries(values)) {
        expect(block).toMatch(new RegExp(`\\(${number}\\): ${nick} `));
      }
    }
  });
});
