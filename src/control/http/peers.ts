/** Who is at the other end of the socket, and whether they may use it. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { PeerCredentials } from '../../native/sys.js';
import type { Caller } from '../caller.js';

export interface PeerRules {
  readonly sys: { peerCredentials(fd: number): PeerCredentials };
  /** Members may use the socket too. */
  readonly groupId?: number | undefined;
}

export interface Peer {
  /** For the log. */
  readonly name: string;
  /** Absent: may not use the socket. */
  readonly caller?: Caller;
}

export function peerOf(socket: Socket, { sys, groupId }: PeerRules): Peer {
  const { uid, gid, groups } = sys.peerCredentials(fileOf(socket));
  const name = userName(uid) ?? `uid ${uid}`;
  const isMember = groupId !== undefined && (gid === groupId || groups.includes(groupId));
  if (uid !== 0 && uid !== process.geteuid?.() && !isMember) return { name };
  return { name, caller: { actor: { door: 'socket', name }, scope: 'admin', remote: false } };
}

/** Node has no word for it. */
function fileOf(socket: Socket): number {
  return (socket as unknown as { readonly _handle?: { readonly fd: number } })._handle?.fd ?? -1;
}

/** Of the system's own users: others keep their number. */
function userName(uid: number): string | undefined {
  const row = new RegExp(String.raw`^([^:\n]+):[^:\n]*:${uid}:`, 'm');
  return row.exec(users())?.[1];
}

function users(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
