/** What an RTP packet's header says; null for what is none. */
export interface RtpHeader {
  readonly sequence: number;
  readonly time: number;
  readonly ssrc: number;
}

export function rtpHeader(packet: Buffer): RtpHeader | null {
  if (packet.length < 12 || (packet.readUInt8(0) & 0xc0) !== 0x80) return null;
  return { sequence: packet.readUInt16BE(2), time: packet.readUInt32BE(4), ssrc: packet.readUInt32BE(8) };
}

/** A picture as its packets tell it. */
export interface RtpFrame {
  readonly time: number;
  /** H.264 NAL units, in parts as the packets have them: `type` and all bytes after the packet's own headers. */
  readonly units: { readonly type: number; readonly bytes: Buffer }[];
}

/** The frames of H.264 packets that came in order and whole, each once all its packets are there. */
export function h264Frames(packets: readonly Buffer[]): RtpFrame[] {
  const frames: RtpFrame[] = [];
  for (const packet of packets) {
    const time = packet.readUInt32BE(4);
    if (frames.at(-1)?.time !== time) frames.push({ time, units: [] });
    frames.at(-1)?.units.push(...unitsOf(packet.subarray(12)));
  }
  const last = packets.at(-1);
  if (last !== undefined && (last.readUInt8(1) & 0x80) === 0) frames.pop(); // no marker yet
  return frames;
}

export const isKey = (frame: RtpFrame): boolean => frame.units.some(({ type }) => type === 5);

/** The picture's bytes without parameter sets and delimiters. */
export const slices = (frame: RtpFrame): Buffer =>
  Buffer.concat(frame.units.filter(({ type }) => type === 1 || type === 5).map(({ bytes }) => bytes));

/** The sequence parameter set in front of the picture, if there is one. */
export const sps = (frame: RtpFrame): string | undefined =>
  frame.units.find(({ type }) => type === 7)?.bytes.toString('hex');

/** The ticks from one RTP time to another, over the wrap. */
export const ticks = (from: number, to: number): number => (to - from) | 0;

/** The ticks from each RTP time to the next. */
export const ticksBetween = (times: readonly number[]): number[] =>
  times.slice(1).map((time, i) => ticks(times[i] as number, time));

function unitsOf(payload: Buffer): RtpFrame['units'] {
  const type = payload.readUInt8(0) & 31;
  if (type === 28) return [{ type: payload.readUInt8(1) & 31, bytes: payload.subarray(2) }];
  if (type !== 24) return [{ type, bytes: payload }];
  const units = [];
  for (let at = 1; at + 2 < payload.length;) {
    const end = at + 2 + payload.readUInt16BE(at);
    units.push({ type: payload.readUInt8(at + 2) & 31, bytes: payload.subarray(at + 2, end) });
    at = end;
  }
  return units;
}
