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

/** A change in the headline. */
const NAMED = 2;

export function answer(plan: Plan): string {
  if (plan.streams === 0) return `${plan.device.name} has nothing to do: the spec has no streams.`;
  return plan.verdict === 'too-large' ? `${refusal(plan)}\n${wayOut(plan)}` : acceptance(plan);
}

function acceptance(plan: Plan): string {
  const { device, verdict, load, limiting, maxStreams } = plan;
  const unknown = plan.bounds
    .filter(({ fits }) => fits === null)
    .map(({ resource }) => RESOURCE_NAMES[resource]);
  const fit = `${streamsText(plan)} ${plan.streams === 1 ? 'fits' : 'fit'} on ${device.name}`;
  const limit =
    load === null || limiting === null
      ? ''
      : ` with ${spare(load)}: the ${RESOURCE_NAMES[limiting]} is the limit${maxStreams === null ? '' : `, reached by ${plural(maxStreams, 'such stream')}`}.`;
  return verdict === 'fits'
    ? `${fit}${limit}`
    : `As far as is known, ${fit}${limit}\nNot known, or not all of it: ${unknown.join(', ')}.`;
}

function refusal(plan: Plan): string {
  const { device, limiting, maxStreams } = plan;
  const worst = plan.bounds[0];
  const carries = `${device.name} does not carry ${streamsText(plan)}`;
  if (worst === undefined || limiting === null || worst.load === null)
    return `${carries}: ${worst?.missing.join('; ')}.`;
  const most = maxStreams === null ? '' : maxStreams === 0 ? '; none fits' : `; ${maxStreams} of them fit`;
  const told = familySentence(plan) ?? `${carries}`;
  const where = told === carries ? '' : ` on ${device.name}`;
  return `${told}: the ${RESOURCE_NAMES[limiting]} would be at ${Math.round(worst.load * 100)} %${where}${most}.`;
}

/** `No Orin decodes …`: where the decoder is in the way, and would be on every module of the family. */
function familySentence({ device, limiting, mix, streams }: Plan): string | undefined {
  const [only, ...more] = mix;
  const { family, kind } = findDevice(device.id);
  if (limiting !== 'decode-pixels' || only === undefined || more.length > 0 || kind !== 'jetson')
    return undefined;
  const relatives = DEVICES.filter((each) => each.family === family);
  const decodesIt = (each: Device) => decodes(each, streams, only) !== 'no';
  return relatives.some(decodesIt) ? undefined : `No ${family} decodes ${partText(only)}`;
}

function wayOut({ changes }: Plan): string {
  const named = changes.slice(0, NAMED);
  if (named.length === 0) return 'None of the changes that were tried, alone or in pairs, makes it fit.';
  const [first, ...more] = named.map(changeText);
  return `With ${first}${more.length > 0 ? `; with ${more.join('; with ')}` : ''}.`;
}

function changeText({ words, load }: Change, i: number): string {
  return i === 0 ? `${words} this fits with ${spare(load)}` : `${words}, with ${spare(load)}`;
}

/** `20 % to spare`. */
export function spare(load: number): string {
  return `${Math.max(0, Math.floor((1 - load) * 100 + 1e-6))} % to spare`;
}

function streamsText({ mix, streams }: Plan): string {
  const [only, ...more] = mix;
  if (only && more.length === 0) return partText(only);
  return `${plural(streams, 'stream')} (${mix.map((part) => `${part.count} of ${formatText(part)}`).join(', ')})`;
}

function partText(part: MixPart): string {
  return `${plural(part.count, 'stream')} of ${formatText(part)}`;
}
