/** What devices say of themselves, as far as it is believed: plain data, JSON as it stands. */
import { z } from 'zod';
import { CAUSES } from '../streams/retry.js';

export const profileReport = z.object({
  token: z.string(),
  name: z.string(),
  codec: z.string(),
  width: z.int().min(0),
  height: z.int().min(0),
  fps: z.number().exactOptional(),
  /** Without credentials, at the device's own address. */
  uri: z.string().exactOptional(),
  /** Where the address was not taken as the device says it. */
  note: z.string().exactOptional(),
});
export type ProfileReport = z.infer<typeof profileReport>;

export const deviceReport = z
  .object({
    address: z.string(),
    service: z.string(),
    name: z.string(),
    model: z.string().exactOptional(),
    firmware: z.string().exactOptional(),
    /** The device's clock is ahead by so much. */
    clockSkewSeconds: z.number().exactOptional(),
    profiles: z.array(profileReport).readonly(),
    /** Token of the profile to analyse, and of that to show and record. */
    analyse: z.string().exactOptional(),
    main: z.string().exactOptional(),
    problem: z
      .object({ cause: z.enum(CAUSES as readonly [string, ...string[]]), message: z.string() })
      .exactOptional(),
  })
  .meta({ id: 'Device' });
export type DeviceReport = z.infer<typeof deviceReport>;
