/** Which camera is tried: as a stream is written in weir.yaml, and held to the same rules. */
import { WeirError } from '../spec/error.js';
import { parseStream } from '../spec/stream.js';
import type { StreamSpec } from '../spec/types.js';
import { checkStreamUri, redactUri } from '../spec/uri.js';

export interface ProbeTarget {
  /** `rtsp:` or `rtsps:`, without credentials. */
  readonly uri: string;
  /** References: `${env:NAME}` or `${file:/absolute/path}`. */
  readonly user?: string;
  readonly password?: string;
  readonly transport?: 'tcp' | 'udp';
}

/** As they are typed. */
export const LOGIN_OPTIONS = "--user '${env:CAM_USER}' --password '${env:CAM_PASSWORD}'";

/** Throws URI_REFUSED or SPEC_INVALID. */
export function probeStream({ uri, user, password, transport = 'tcp' }: ProbeTarget): StreamSpec {
  refuseUri(uri);
  const login = { ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
  return parseStream({ id: 'camera', uri, transport, ...login }, { where: 'camera' });
}

function refuseUri(uri: string): void {
  const fault = checkStreamUri(uri, undefined);
  if (!fault) return;
  const isFile = /^file:/i.test(uri);
  const remedy = uri.includes('@')
    ? `take them out of the URI and give them by reference: ${LOGIN_OPTIONS}`
    : undefined;
  throw new WeirError('URI_REFUSED', `${redactUri(uri)}: ${isFile ? 'a file is no camera' : fault.message}`, {
    remedy: isFile ? 'use rtsp://host/path or rtsps://host/path' : (remedy ?? fault.remedy),
  });
}
