/** Why durable state was not written or read, in words that say what to do. */
import { dirname } from 'node:path';
import { WeirError } from '../../spec/error.js';
import { codeOf } from './replace-file.js';

const HUNG = 'look for errors of the disk in the log of the system (dmesg); replace a disk that is worn out';

/** By what the system says; `{folder}` is where the file lies. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'free space on the disk of {folder}',
  EDQUOT: 'raise the quota of the user weir runs as, or free space of theirs',
  EROFS: 'mount the disk of {folder} for writing; one that is worn out or damaged mounts itself read-only',
  EACCES: 'let the user weir runs as write to {folder}',
  EPERM: 'let the user weir runs as write to {folder}',
  ENOENT: 'make the folder {folder}',
  EIO: HUNG,
};

export function unwritable(path: string, cause: unknown): WeirError {
  const code = codeOf(cause);
  const remedy = REMEDIES[code] ?? 'check the disk and the folder {folder}';
  const reason = code || (cause instanceof Error ? cause.message : String(cause));
  return make(path, reason, remedy, cause);
}

export function notWrittenInTime(path: string, deadlineMs: number): WeirError {
  return make(path, `the disk has not answered within ${deadlineMs / 1000} s`, HUNG);
}

export function stillStuck(path: string): WeirError {
  return make(path, 'the disk has not answered to the write before yet', HUNG);
}

export function tooMany(path: string, limit: number): WeirError {
  return make(path, `${limit} changes wait for the disk already`, 'change less at once, or try again later');
}

export function closed(path: string): WeirError {
  return new WeirError('STOPPED', `${path} is not written any more: the appliance is stopping`);
}

export function notReadInTime(path: string, deadlineMs: number): WeirError {
  const message = `${path} cannot be read: the disk has not answered within ${deadlineMs / 1000} s`;
  return new WeirError('IO', message, { remedy: HUNG });
}

function make(path: string, reason: string, remedy: string, cause?: unknown): WeirError {
  return new WeirError('STATE_UNWRITABLE', `${path} cannot be written: ${reason}`, {
    remedy: remedy.replace('{folder}', dirname(path)),
    cause,
  });
}
