/** What the supervisor needs of the system and Node.js does not have: `weir_sys.node`, an addon without GStreamer. */
import { loadAddon } from './load-addon.js';
import { built } from './loader.js';

/** Of the process at the other end of a Unix socket, when it connected. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** The supplementary ones. */
  readonly groups: readonly number[];
}

export interface FileLock {
  /** Safe twice. The file stays. */
  release(): void;
}

/** What fails throws as node:fs does: an Error whose `code` is the system's, such as `ENOENT`. */
export interface Sys {
  /** Tells systemd, e.g. `READY=1`. False where nobody listens: NOTIFY_SOCKET is not set. Never waits. */
  notify(text: string): boolean;
  /** `fd`: of a connected Unix socket. */
  peerCredentials(fd: number): PeerCredentials;
  /**
   * Undefined while another process has the file. It then holds that process's pid. The lock lasts until it is
   * released or this process ends, however it does; child processes do not share it.
   */
  lockFile(path: string): FileLock | undefined;
  /** Undefined where there is no such group. */
  groupId(name: string): number | undefined;
  /** From now on no core dump of this process and no look into /proc/<pid> by other users of its rank. */
  hideMemory(): void;
}

let loaded: Sys | undefined;

/** Loads the addon once per process. Throws NATIVE_MISSING naming the file and the remedy. */
export function loadSys(candidates: readonly string[] = [built('weir_sys.node')]): Sys {
  loaded ??= loadAddon({
    name: "the supervisor's addon",
    candidates,
    remedy: 'run scripts/setup to build it beside weir.node',
  }) as Sys;
  return loaded;
}
