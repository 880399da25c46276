/** A plan in one or two sentences. */
import {
  type Change,
  decodes,
  DEVICES,
  type Device,
  findDevice,
  formatText,
  type MixPart,
  type Plan,
  type Resource,
} from '../../planner/index.js';
import { plural } from '../text.js';

export const RESOURCE_NAMES: Readonly<Record<Resource, string>> = {
  'decode-pixels': 'decoder',
  'decode-bitrate': 'bitrate of the decoder',
  inference: 'inference',
  'memory-bandwidth': 'memory bandwidth',
  'memory-size': 'memory',
  encode: 'video encoder',
  jpeg: 'JPEG encoder',
};

/** More are counted only. */
const MOST_FORMATS = 3;

export function answer(plan: Plan): string {
  if (plan.streams === 0) return `${plan.device.name} has nothing to do: the spec has no streams.`;
  return plan.verdict === 'too-large' ? `${refusal(plan)}\n${wayOut(plan)}` : acceptance(plan);
}

function acceptance(plan: Plan): string {
  const { device, verdict, streams } = plan;
  const unknown = plan.bounds
    .filter(({ fits }) => fits === null)
    .map(({ resource }) => RESOURCE_NAMES[resource]);
  const fit = `${streamsText(plan)} ${streams === 1 ? 'fits' : 'fit'} on ${device.name}${roomText(plan)}.`;
  if (verdict === 'fits') return fit;
  return `As far as is known, ${fit}\nNot known, or not all of it: ${unknown.join(', ')}.`;
}

function roomText({ load, limiting, maxStreams }: Plan): string {
  if (load === null || limiting === null) return '';
  const most = maxStreams === null ? '' : `; at most ${maxStreams} such streams do`;
  return ` with ${spare(load)} (${RESOURCE_NAMES[limiting]})${most}`;
}

function refusal(plan: Plan): string {
  const { device, limiting, load, maxStreams, streams, bounds } = plan;
  const carries = `${device.name} does not carry ${streamsText(plan)}`;
  if (limiting === null || load === null) return `${carries}: ${bounds[0]?.missing.join('; ')}.`;
  const family = familySentence(plan);
  const where = family === undefined ? '' : ` on ${device.name}`;
  const most =
    maxStreams !== null && maxStreams < streams ? `; ${maxStreams || 'none'} of them would fit` : '';
  return `${family ?? carries}: the ${RESOURCE_NAMES[limiting]} would be at ${Math.round(load * 100)} %${where}${most}.`;
}

/** `No Orin decodes …`: where the decoder is in the way, and would be on every module of the family. */
function familySentence({ device, limiting, mix, streams }: Plan): string | undefined {
  const [only, ...more] = sameFormat(mix);
  const { family, kind } = findDevice(device.id);
  if (limiting !== 'decode-pixels' || only === undefined || more.length > 0 || kind !== 'jetson')
    return undefined;
  const relatives = DEVICES.filter((each) => each.family === family);
  const decodesIt = (each: Device) => decodes(each, streams, only) !== 'no';
  if (relatives.length < 2 || relatives.some(decodesIt)) return undefined;
  return `No ${family} decodes ${partText(only)}`;
}

function wayOut({ changes, carriers }: Plan): string {
  const [first, second] = changes;
  const ways = [
    first && `${first.words} ${fits(first)}`,
    second && `${second.words}, with ${spare(second.load)}`,
  ];
  const way = ways.flatMap((way) => way ?? []).join('; with ');
  const change = first
    ? `With ${way}.`
    : 'None of the changes that were tried, alone or in pairs, makes it fit.';
  return carriers.length > 0 ? `${change}\nAs it is, it could be carried by ${carriers.join(', ')}.` : change;
}

function fits({ verdict, load }: Change): string {
  return `this fits${verdict === 'fits' ? '' : ', as far as is known,'} with ${spare(load)}`;
}

/** `20 % to spare`. */
export function spare(load: number): string {
  return `${Math.max(0, Math.floor((1 - load) * 100 + 1e-6))} % to spare`;
}

function streamsText({ mix, streams }: Plan): string {
  const parts = sameFormat(mix);
  const [only] = parts;
  if (only && parts.length === 1) return partText(only);
  if (parts.length > MOST_FORMATS) return `${streams} streams of ${parts.length} formats`;
  return `${streams} streams (${parts.map((part) => `${part.count} of ${formatText(part)}`).join(', ')})`;
}

/** Whatever their bitrate. */
function sameFormat(mix: readonly MixPart[]): MixPart[] {
  const parts = new Map<string, MixPart>();
  for (const part of mix) {
    const words = formatText(part);
    parts.set(words, { ...part, count: part.count + (parts.get(words)?.count ?? 0) });
  }
  return [...parts.values()];
}

function partText(part: MixPart): string {
  return `${plural(part.count, 'stream')} of ${formatText(part)}`;
}
