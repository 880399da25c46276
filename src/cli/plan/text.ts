/** A plan, for people: the answer, its bounds, what to change, what it rests on. */
import {
  type Bound,
  type Change,
  type Device,
  type Plan,
  SOURCES,
  type SurfaceCount,
} from '../../planner/index.js';
import { type Column, formatTable } from '../table.js';
import { answer, RESOURCE_NAMES, spare } from './answer.js';

const MOST_CHANGES = 6;
const GIB = 2 ** 30;

export function planText(plan: Plan): string {
  const unknown = plan.bounds.flatMap(({ missing }) => missing);
  const parts = [
    answer(plan),
    formatTable(BOUNDS, plan.bounds),
    section('Not known', [...new Set(unknown)]),
    section('What would fit', changeLines(plan.changes)),
    section('Surfaces on NVIDIA', [formatTable(SURFACES, plan.surfaces)], ''),
    section('Assumed', plan.assumptions),
    section('Mind', plan.warnings),
    'Nothing here was measured on a device by Weir. Formulas and sources: docs/planning.md.',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function section(title: string, lines: readonly string[], bullet = '- '): string {
  return lines.length === 0 || lines[0] === ''
    ? ''
    : [`${title}:`, ...lines.map((line) => bullet + line)].join('\n');
}

const BOUNDS: readonly Column<Bound>[] = [
  { head: 'resource', text: ({ resource }) => RESOURCE_NAMES[resource] },
  { head: 'load', right: true, text: loadText },
  { head: 'demand', right: true, text: ({ demand, unit }) => `${amount(demand)} ${unit}` },
  { head: 'limit', right: true, text: limitText },
  {
    head: 'at most',
    right: true,
    text: ({ maxStreams }) => (maxStreams === null ? '-' : `${maxStreams} streams`),
  },
  { head: 'source', text: sourceText },
  { head: 'trust', text: ({ trust }) => trust?.replace('_', ' ') ?? '-' },
];

function loadText({ load, missing, fits, range }: Bound): string {
  if (load === null) return fits === false ? 'none' : '?';
  const low = missing.length > 0 ? '>= ' : '';
  return `${low}${load.toFixed(2)}${range && range[0] !== range[1] ? ` (${range.map((r) => r.toFixed(2)).join(' to ')})` : ''}`;
}

function limitText({ limit, unit, load }: Bound): string {
  if (limit !== null) return `${amount(limit)} ${unit}`;
  return load === 0 ? '-' : '?';
}

function sourceText({ figures }: Bound): string {
  return [...new Set(figures.map(({ source }) => SOURCES[source].name))].join(', ') || '-';
}

function amount(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toFixed(1)));
}

function changeLines(changes: readonly Change[]): string[] {
  const shown = changes.slice(0, MOST_CHANGES).map(({ words, load, limiting, todo }) => {
    return [
      `${words}: ${spare(load)} (${RESOURCE_NAMES[limiting]})`,
      ...todo.map((line) => `    ${line}`),
    ].join('\n');
  });
  const more = changes.length - shown.length;
  return more > 0 ? [...shown, `${more} more: --json`] : shown;
}

const SURFACES: readonly Column<SurfaceCount>[] = [
  { head: 'pipeline', text: ({ pipeline }) => pipeline },
  { head: 'of', text: ({ what }) => what },
  { head: 'surfaces', right: true, text: ({ count }) => String(count) },
  { head: 'size', text: ({ width, height }) => `${width}x${height}` },
  { head: 'GiB', right: true, text: ({ bytes }) => (bytes / GIB).toFixed(2) },
  { head: 'from', text: ({ why }) => why },
];

const DEVICE_COLUMNS: readonly Column<Device>[] = [
  { head: 'id', text: ({ id }) => id },
  { head: 'name', text: ({ name }) => name },
  { head: 'GiB', right: true, text: ({ memory }) => String(memory.gib) },
  { head: 'H.264', right: true, text: ({ decode }) => String(decode.h264.streams1080p30 ?? '?') },
  { head: 'H.265', right: true, text: ({ decode }) => String(decode.h265.streams1080p30 ?? '?') },
  { head: 'trust', text: trustText },
  { head: 'DeepStream', text: ({ lastDeepstream }) => lastDeepstream },
];

/** Streams of 1080p30 that the decoder takes. */
export function devicesText(devices: readonly Device[]): string {
  const note =
    'H.264, H.265: streams of 1920x1080 at 30 fps the decoder takes as listed, without a margin. DeepStream: the last for it.';
  return `${formatTable(DEVICE_COLUMNS, devices)}\n\n${note}`;
}

function trustText({ decode: { h264, h265 } }: Device): string {
  const words = h264.trust === h265.trust ? h264.trust : `${h264.trust}, ${h265.trust}`;
  return words.replaceAll('_', ' ');
}
