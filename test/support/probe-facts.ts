/** A camera with which nothing is wrong. */
import type { ProbeFacts } from '../../src/probe/report.js';

export const GOOD_CAMERA: ProbeFacts = {
  ...{ uri: 'rtsp://192.0.2.10/…', address: '192.0.2.10:554', transport: 'tcp', authentication: 'digest' },
  ...{ connectMs: 120, firstKeyFrameMs: 800, codec: 'H264', profile: 'main', level: '3.1' },
  ...{ width: 1280, height: 720, declaredFps: 15, fps: 15, kbitPerSecond: 2000, seconds: 5 },
  ...{ keyFrames: { frames: 15, seconds: 1, atLeast: false }, reordered: false },
  ...{ packets: { received: 900, lost: 0 }, media: [{ kind: 'video', codec: 'H264' }] },
};
