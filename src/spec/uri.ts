/** Which addresses a stream may be read from. Allow lists only; a message never repeats credentials. */
import { realpathSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { extname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WeirError } from './error.js';
import { maskUserInfo } from './problem.js';

export type SourceKind = 'rtsp' | 'mp4' | 'matroska' | 'h264' | 'h265';

export interface UriFault {
  readonly message: string;
  readonly remedy: string;
}

const SCHEMES = ['rtsp', 'rtsps'];
const KINDS: Readonly<Record<string, SourceKind>> = {
  '.mp4': 'mp4',
  '.m4v': 'mp4',
  '.mov': 'mp4',
  '.mkv': 'matroska',
  '.h264': 'h264',
  '.264': 'h264',
  '.h265': 'h265',
  '.265': 'h265',
  '.hevc': 'h265',
};

/** What is wrong with a stream's URI; undefined if nothing. Names are not resolved and files not opened. */
export function checkStreamUri(uri: string, mediaRoot: string | undefined): UriFault | undefined {
  if (/[\p{Cc}\p{Zl}\p{Zp}\s\\]/u.test(uri)) {
    return {
      message: 'blanks, control characters and "\\" are not allowed in a URI',
      remedy: 'percent-encode them',
    };
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase();
  if (scheme === 'file') return checkFileUri(uri, mediaRoot);
  if (scheme === undefined || !SCHEMES.includes(scheme)) {
    return {
      message: scheme === undefined ? 'no scheme' : `scheme "${scheme}" is not allowed`,
      remedy: 'use rtsp://host/path or rtsps://host/path',
    };
  }
  return checkAuthority(uri);
}

function checkAuthority(uri: string): UriFault | undefined {
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(uri)?.[1];
  if (authority === undefined || authority === '') {
    return { message: 'no host', remedy: 'use rtsp://host/path or rtsps://host/path' };
  }
  // An unescaped "/" or "#" in a password would end the authority early: look for "@" anywhere.
  if (uri.includes('@')) {
    return {
      message: 'user and password are not allowed in a URI',
      remedy:
        'use the keys "user" and "password" of the stream, e.g. password: ${' +
        'env:CAM_PASSWORD}; write a literal "@" as %40',
    };
  }
  if (!/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(authority) || !URL.canParse(uri)) {
    return { message: 'the host or port is malformed', remedy: 'use rtsp://host:port/path' };
  }
  return isDisguised(authority.replace(/:\d+$/, ''))
    ? { message: 'the host or port is malformed', remedy: 'write an IPv4 address as 192.0.2.10' }
    : undefined;
}

/** `0177.0.0.1`, `0x7f.1`, `2130706433`: resolvers take such a host for an address that nobody reads in it. */
function isDisguised(host: string): boolean {
  if (host.startsWith('[')) return false;
  const web = `http://${host}`;
  if (!URL.canParse(web)) return true;
  const { hostname } = new URL(web);
  return isIPv4(hostname) && hostname !== host;
}

function checkFileUri(uri: string, mediaRoot: string | undefined): UriFault | undefined {
  if (mediaRoot === undefined) {
    return { message: 'file: is off', remedy: 'set "mediaRoot" to the folder that holds the files' };
  }
  const path = filePath(uri);
  if (path === undefined)
    return { message: 'not the URI of a local file', remedy: 'use file:///absolute/path' };
  if (!isBelow(path, resolve(mediaRoot))) {
    return { message: 'the file is not below mediaRoot', remedy: `move the file below ${mediaRoot}` };
  }
  if (kindOf(path) === undefined) {
    return {
      message: `files of type "${extname(path)}" are not supported`,
      remedy: `use ${Object.keys(KINDS).join(', ')}`,
    };
  }
  return undefined;
}

/** The source template that reads this URI. */
export function sourceKind(uri: string): SourceKind | undefined {
  const path = filePath(uri);
  if (path !== undefined) return kindOf(path);
  return /^rtsps?:\/\//i.test(uri) ? 'rtsp' : undefined;
}

/**
 * The real path of a `file:` stream, symbolic links followed, to be asked each time it is opened.
 * Throws URI_REFUSED where it leaves the media root or cannot be read.
 */
export function resolveMediaFile(uri: string, mediaRoot: string | undefined): string {
  const fault = checkStreamUri(uri, mediaRoot);
  const path = filePath(uri);
  if (fault || path === undefined || mediaRoot === undefined) {
    throw new WeirError('URI_REFUSED', `${redactUri(uri)}: ${fault?.message ?? 'not a file'}`, {
      remedy: fault?.remedy ?? 'use file:///absolute/path',
    });
  }
  const real = realPath(path, uri);
  if (!isBelow(real, realPath(mediaRoot, uri))) {
    throw new WeirError('URI_REFUSED', `${redactUri(uri)}: the file is not below mediaRoot`, {
      remedy: `replace the symbolic link by the file itself, below ${mediaRoot}`,
    });
  }
  return real;
}

function realPath(path: string, uri: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new WeirError('URI_REFUSED', `${redactUri(uri)}: ${path} cannot be read`, {
      remedy: 'check that the file exists and that the user weir runs as may read it',
      cause,
    });
  }
}

/** For logs: scheme, host and port of a network address, all of a file's. Paths and queries may hold credentials. */
export function redactUri(uri: string): string {
  if (/^file:/i.test(uri)) return uri;
  const masked = maskUserInfo(uri);
  const match = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*)(.?)/s.exec(masked);
  return match?.[1] === undefined ? '***' : `${match[1]}${match[2] ? '/…' : ''}`;
}

function filePath(uri: string): string | undefined {
  if (!/^file:\/\/\//i.test(uri)) return undefined;
  try {
    const path = fileURLToPath(uri);
    return /\p{Cc}/u.test(path) ? undefined : path;
  } catch {
    return undefined;
  }
}

function kindOf(path: string): SourceKind | undefined {
  const extension = extname(path).toLowerCase();
  return Object.hasOwn(KINDS, extension) ? KINDS[extension] : undefined;
}

function isBelow(path: string, root: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}
