/** Pictures that are made for viewers: video encoded anew, and JPEGs. Neither is made unless somebody asks. */
import { CONSTANTS } from '../data/constants.js';
import { pixelRate } from '../devices.js';
import { bound } from '../load.js';
import type { Bound, CodecRate, Device, Figure, PlanInput, PlanOptions } from '../types.js';

type Drawn = Pick<Bound, 'resource' | 'unit' | 'demand'> & { readonly what: string };

/** Σ w·h·f of the views / (the encoder's rate for H.264 · 0.9). */
export function encode(input: PlanInput, device: Device, { encodedViews = 0 }: PlanOptions): Bound {
  const drawn: Drawn = {
    resource: 'encode',
    unit: 'MPix/s',
    demand: (encodedViews * muxPixels(input) * fastest(input)) / 1e6,
    what: 'nothing is encoded anew',
  };
  if (device.encode === 'none') return without(drawn, `${device.name} has no video encoder`);
  return against(
    drawn,
    device.encode.h264,
    'video encoder, H.264',
    'no rate of the video encoder is known for H.264',
  );
}

/** Σ snapshots · w·h / (the JPEG engines' rate · 0.9). */
export function jpeg(input: PlanInput, device: Device, { snapshotsPerSecond = 0 }: PlanOptions): Bound {
  const drawn: Drawn = {
    resource: 'jpeg',
    unit: 'MPix/s',
    demand: (snapshotsPerSecond * muxPixels(input)) / 1e6,
    what: 'no pictures are asked for',
  };
  return against(drawn, jpegRate(device), 'JPEG engines', 'no rate of the JPEG engines is known');
}

function jpegRate({ jpeg: engines }: Device): CodecRate | null {
  if (engines === null || engines.mpixPerSecondPerEngine === null) return null;
  const { source, trust } = engines;
  const mpixPerSecond = engines.mpixPerSecondPerEngine * engines.engines;
  return { streams1080p30: null, mpixPerSecond, maxMbps: null, source, trust };
}

function against({ what, ...drawn }: Drawn, rate: CodecRate | null, name: string, unknown: string): Bound {
  const pixels = rate && pixelRate(rate);
  const margin = CONSTANTS.codecMargin.value;
  if (drawn.demand === 0) return idle(drawn, what);
  if (rate === null || pixels === null) {
    return bound({ ...drawn, load: null, streams: null, how: '?', figures: [], missing: [unknown] });
  }
  const { source, trust } = rate;
  const figure: Figure = { name, value: pixels / 1e6, unit: 'MPix/s', source, trust };
  const load = drawn.demand / (figure.value * margin);
  const how = `${drawn.demand.toFixed(1)} / (${figure.value} MPix/s · ${margin})`;
  return bound({ ...drawn, load, streams: null, how, figures: [figure], missing: [] });
}

function idle(drawn: Omit<Drawn, 'what'>, how: string): Bound {
  return bound({ ...drawn, load: 0, streams: null, how, figures: [], missing: [] });
}

/** Fits only as long as nothing is asked of it. */
function without({ what, ...drawn }: Drawn, why: string): Bound {
  const unused = idle(drawn, drawn.demand === 0 ? what : why);
  if (drawn.demand === 0) return unused;
  return { ...unused, load: null, limit: 0, fits: false, missing: [why] };
}

/** Of the largest mux: which pipeline is asked for pictures cannot be told. */
function muxPixels({ pipelines }: PlanInput): number {
  return Math.max(0, ...pipelines.map(({ mux }) => mux.width * mux.height));
}

function fastest({ pipelines }: PlanInput): number {
  return Math.max(0, ...pipelines.flatMap(({ streams }) => streams.map(({ fps }) => fps)));
}
