/** Devices that were found, for people. */
import type { DeviceReport, ProfileReport } from '../../onvif/index.js';
import { type Column, formatTable } from '../table.js';
import { addCommand, idFrom } from './snippet.js';

interface Row {
  readonly device: DeviceReport;
  /** Absent where the device has told of none. */
  readonly profile?: ProfileReport;
  readonly isFirst: boolean;
}

const COLUMNS: readonly Column<Row>[] = [
  { head: 'name', text: ({ device, isFirst }) => (isFirst ? device.name : '') },
  { head: 'address', text: ({ device, isFirst }) => (isFirst ? device.address : '') },
  { head: 'model', text: ({ device, isFirst }) => (isFirst ? (device.model ?? '?') : '') },
  { head: 'profile', text: ({ profile, device }) => profile?.name ?? device.problem?.cause ?? 'none' },
  { head: 'shows', text: ({ profile }) => (profile ? picture(profile) : '') },
  { head: 'for', text: purposes },
];

/** A line for each profile. */
export function deviceTable(devices: readonly DeviceReport[]): string {
  const rows = devices.flatMap((device): Row[] =>
    device.profiles.length === 0
      ? [{ device, isFirst: true }]
      : device.profiles.map((profile, i) => ({ device, profile, isFirst: i === 0 })),
  );
  return formatTable(COLUMNS, rows);
}

function picture({ codec, width, height, fps }: ProfileReport): string {
  return `${codec || '?'} ${width}x${height}${fps === undefined ? '' : `, ${fps} fps`}`;
}

function purposes({ device: { analyse, main }, profile }: Row): string {
  const words = [
    profile?.token === analyse ? 'analysis' : '',
    profile?.token === main ? 'live, recording' : '',
  ];
  return profile ? words.filter(Boolean).join(', ') : '';
}

/** What is odd about it, and what cannot be had. */
export function notes({ name, address, problem, profiles, clockSkewSeconds = 0 }: DeviceReport): string[] {
  const who = name === address ? address : `${name} (${address})`;
  const skewed = Math.abs(clockSkewSeconds) > MOST_SKEW_SECONDS;
  return [
    ...(problem ? [`${problem.cause}: ${problem.message}`] : []),
    ...(skewed
      ? [`its clock is ${Math.abs(clockSkewSeconds)} s ${clockSkewSeconds > 0 ? 'fast' : 'slow'}`]
      : []),
    ...profiles.flatMap(({ name: profile, note }) => (note === undefined ? [] : [`${profile}: ${note}`])),
  ].map((note) => `→ ${who}: ${note}`);
}

const MOST_SKEW_SECONDS = 5;

export interface Login {
  readonly user?: string;
  readonly password?: string;
}

/** A line for each device that has a stream to analyse; no id twice. */
export function addCommands(devices: readonly DeviceReport[], login: Login): string[] {
  const taken = new Set<string>();
  return devices.flatMap((device) => {
    const [analyse, main] = [profileOf(device, device.analyse), profileOf(device, device.main)];
    if (analyse?.uri === undefined) return [];
    const id = unused(
      idFrom(device.name === device.address ? `camera-${device.address}` : device.name),
      taken,
    );
    const mainUri = main?.uri === analyse.uri ? undefined : main?.uri;
    return [addCommand({ id, uri: analyse.uri, ...(mainUri !== undefined && { mainUri }), ...login })];
  });
}

function profileOf({ profiles }: DeviceReport, token: string | undefined): ProfileReport | undefined {
  return profiles.find((profile) => profile.token === token);
}

function unused(id: string, taken: Set<string>): string {
  let free = id;
  for (let n = 2; taken.has(free); n++) free = `${id}-${n}`;
  taken.add(free);
  return free;
}
