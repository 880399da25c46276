/** What to do about a camera that shows nothing, by cause: what docs/operations.md says, for one who is setting it up. */
import type { Cause } from '../streams/retry.js';
import { LOGIN_OPTIONS } from './target.js';

const NETWORK = 'check that the camera is on, its address, and the network between';

const REMEDIES: Readonly<Partial<Record<Cause, string>>> = {
  refused: 'the host is there: is RTSP on in the camera, and is it that port?',
  unreachable: NETWORK,
  dns: 'correct the name, or write the address',
  timeout: 'is it RTSP that listens there? else the load of the camera, or a firewall',
  tls: "add the certificate's issuer to those this system trusts (docs/operations.md, TLS), or use rtsp:",
  unauthorized:
    'correct --user and --password before you try again: cameras lock accounts after a few wrong passwords',
  'not-found': "correct the path: the camera's manual or web page has it, or weir discover asks the camera",
  session: "try again; if it stays, the camera's firmware",
  unavailable: 'too many clients of that camera? close some and try again',
  forbidden: 'correct the address, or write the one the camera redirects to',
  codec: 'choose H.264 or H.265 for this stream in the camera',
  eos: 'try again; a camera that ends streams may have too many clients',
  'no-frame': 'with --transport udp a firewall may drop the packets: try --transport tcp; else the camera',
  stalled: 'power and load of the camera, the network; try again',
  'no-key-frame': 'set the distance of key frames (GOP, I-frame interval) in the camera to 1 or 2 s',
};

/** `login`: whether the camera was given one. */
export function remedyOf(cause: Cause, login: boolean): string {
  if (cause === 'unauthorized' && !login) return `the camera asks for a login: ${LOGIN_OPTIONS}`;
  return REMEDIES[cause] ?? NETWORK;
}
