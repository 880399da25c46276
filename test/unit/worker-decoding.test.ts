import { describe, expect, it } from 'vitest';
import { Decoding } from '../../src/worker/decoding.js';
import { Viewers } from '../../src/worker/viewers.js';

const NEEDS = { rate: 1, skipsBatches: false, tracker: 'iou' } as const;
const AUTO = { decode: 'auto' } as const;
const FPS = 10;

/** A camera of 10 fps with a key frame every `gop` frames, looked at four times a second. */
function camera(decoding: Decoding) {
  let frames = 0;
  let keyFrames = 0;
  let now = 0;
  let keyFrameUs = -1;
  let gap = 0;
  return {
    play(seconds: number, { gop, watched = false }: { gop: number; watched?: boolean }): string {
      for (const end = now + seconds * 1000; now < end; now += 50) {
        if (now % 100 === 0) {
          frames++;
          if (++gap >= gop) {
            keyFrames++;
            keyFrameUs = (gap * 1e6) / FPS;
            gap = 0;
          }
        }
        if (now % 250 === 0)
          decoding.look({ received: frames, keyFrames, unreferenced: 0, keyFrameUs }, watched, now);
      }
      return decoding.selection(AUTO).decode;
    },
  };
}

describe('what is decoded of a stream', () => {
  it('is what the spec says, unless it leaves that to Weir', () => {
    const decoding = new Decoding(NEEDS);
    expect(decoding.selection({ decode: 'reference', maxFps: 3 })).toEqual({
      decode: 'reference',
      maxFps: 3,
    });
    expect(decoding.selection({ decode: 'keyframes' })).toEqual({ decode: 'keyframes', maxFps: 0 });
    expect(decoding.selection(AUTO)).toEqual({ decode: 'all', maxFps: 0 });
    expect(decoding.decision({ decode: 'reference' }).why).toBe('as the spec says');
  });

  it('becomes less when that has been enough for a while, and more at once', () => {
    const decoding = new Decoding(NEEDS);
    const { play } = camera(decoding);
    expect(play(8, { gop: 10 })).toBe('all');
    expect(play(5, { gop: 10 })).toBe('keyframes');
    expect(decoding.measure.keyFrameSeconds).toBe(1);
    // The camera is set to rarer key frames: noticed before the next one comes.
    expect(play(4, { gop: 100 })).toBe('all');
    expect(decoding.decision(AUTO).why).toContain('key frames come every');
  });

  it('is all while somebody looks', () => {
    const decoding = new Decoding(NEEDS);
    const { play } = camera(decoding);
    play(15, { gop: 10 });
    expect(play(0.5, { gop: 10, watched: true })).toBe('all');
    expect(play(9, { gop: 10 })).toBe('all');
    expect(play(3, { gop: 10 })).toBe('keyframes');
  });

  it('does not flap where key frames come early and late by turns', () => {
    const decoding = new Decoding(NEEDS);
    const { play } = camera(decoding);
    const modes = new Set<string>();
    for (let i = 0; i < 60; i++) modes.add(play(1, { gop: i % 2 === 0 ? 10 : 11 }));
    expect(modes).toEqual(new Set(['all']));
    const steady = new Decoding(NEEDS);
    const other = camera(steady);
    other.play(20, { gop: 10 });
    for (let i = 0; i < 60; i++) expect(other.play(1, { gop: i % 2 === 0 ? 10 : 11 })).toBe('keyframes');
  });

  it('stays over a lost connection until the next is measured', () => {
    const decoding = new Decoding(NEEDS);
    camera(decoding).play(15, { gop: 10 });
    decoding.disconnected();
    expect(decoding.measure).toEqual({});
    const next = camera(decoding);
    expect(next.play(2, { gop: 30 })).toBe('keyframes');
    expect(next.play(6, { gop: 30 })).toBe('all');
  });

  it('lets no more pictures through than the detector looks at, where it picks none itself', () => {
    const decoding = new Decoding({ ...NEEDS, autoFps: 1 });
    expect(decoding.selection(AUTO).maxFps).toBe(1);
    expect(decoding.selection({ ...AUTO, maxFps: 0.5 }).maxFps).toBe(0.5);
    expect(decoding.selection({ decode: 'all' }).maxFps).toBe(0);
  });
});

it('calls nobody a viewer for a single picture', () => {
  const viewers = new Viewers();
  expect(viewers.watch(0)).toBe(false);
  viewers.asked(1_000);
  expect(viewers.watch(1_000)).toBe(false);
  viewers.asked(4_000);
  expect(viewers.watch(4_000)).toBe(true);
  expect(viewers.watch(6_001)).toBe(false);
});
