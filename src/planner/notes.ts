/** What an answer rests on beside its figures, and what is wrong with those. */
import { CONSTANTS } from './data/constants.js';
import { isSmall } from './bounds/decode.js';
import { streamsOf } from './load.js';
import type { Bound, Device, PlanInput, PlanOptions } from './types.js';

/** The release the headers and facts of which Weir was written against. */
const OUR_DEEPSTREAM = '9.1';

export function assumptionsOf({
  videoClock,
  snapshotsPerSecond = 0,
  encodedViews = 0,
}: PlanOptions): string[] {
  const { codecMargin, memoryShare, pipelineEfficiency } = CONSTANTS;
  return [
    ...[codecMargin, memoryShare, pipelineEfficiency].map(({ value, meaning }) => `${value} ${meaning}`),
    ...(videoClock === undefined ? [] : [`the video clock is at ${videoClock} of its highest`]),
    `${snapshotsPerSecond} JPEG pictures per second and ${encodedViews} encoded views at once; live view and recordings pass the camera's packets on`,
  ];
}

interface Subject {
  readonly input: PlanInput;
  readonly device: Device;
  readonly options: PlanOptions;
  readonly bounds: readonly Bound[];
}

type Warning = (subject: Subject) => string | undefined | false;

const WARNINGS: readonly Warning[] = [
  ({ device: { kind, power, videoClockMhz }, options }) =>
    kind === 'jetson' &&
    options.videoClock === undefined &&
    `the power mode is not known${power ? ` (W: ${power})` : ''}: decoder and encoder are as fast as listed only at the highest video clock${videoClockMhz ? ` (${videoClockMhz} MHz)` : ''}; else give --video-clock`,
  ({ bounds }) => {
    const names = bounds.flatMap(({ figures }) => figures.filter(isUnconfirmed).map(({ name }) => name));
    return names.length > 0 && `unconfirmed figures: ${[...new Set(names)].join('; ')}`;
  },
  ({ bounds }) => {
    const high = bounds.find(({ resource }) => resource === 'inference')?.range?.[1] ?? 0;
    return (
      bounds.every(({ fits }) => fits !== false) &&
      high > 1 &&
      `where a pipeline keeps little of the engine's rate, inference would be at ${Math.round(high * 100)} %`
    );
  },
  ({ device, options }) =>
    options.superMode &&
    !device.super &&
    `no Super power mode of ${device.name} is known: nothing is changed by it`,
  ({ input }) =>
    streamsOf(input).some(({ decode }) => decode === 'reference') &&
    "how many frames no other needs is the cameras' matter: decode: reference is planned as if there were none",
  ({ input }) =>
    streamsOf(input).some(isSmall) &&
    `${CONSTANTS.smallFrame.value} ${CONSTANTS.smallFrame.meaning}: unconfirmed`,
  ({ device: { videoClockMhz, decode } }) =>
    videoClockMhz !== undefined &&
    decode.engines > 1 &&
    `that its ${decode.engines} decoders add up is not proven`,
  ({ device: { name, lastDeepstream } }) =>
    lastDeepstream !== OUR_DEEPSTREAM &&
    `DeepStream ${lastDeepstream} is the last for ${name}; Weir is written for ${OUR_DEEPSTREAM}`,
];

export function warningsOf(
  input: PlanInput,
  device: Device,
  options: PlanOptions,
  bounds: readonly Bound[],
): string[] {
  const subject = { input, device, options, bounds };
  return WARNINGS.flatMap((warning) => warning(subject) || []);
}

function isUnconfirmed({ trust }: Bound['figures'][number]): boolean {
  return trust === 'unconfirmed';
}
