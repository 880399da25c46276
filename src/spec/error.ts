/** The one catalogue of failures: a stable code, its exit code, and what it means. */

/** Exit codes follow sysexits: 64 usage, 65 data, 69 unavailable, 70 our fault, 74 input/output, 78 configuration. */
export const ERRORS = {
  USAGE: { exitCode: 64, meaning: 'The command line is wrong.' },
  SPEC_INVALID: { exitCode: 78, meaning: 'The spec does not validate; every problem is listed.' },
  SPEC_UNREADABLE: { exitCode: 74, meaning: 'The spec cannot be read.' },
  CONFIG_INVALID: { exitCode: 78, meaning: 'A generated or hand-written DeepStream file is wrong.' },
  CONFIG_UNSAFE: {
    exitCode: 78,
    meaning: 'A value cannot be written into a config file without changing its meaning.',
  },
  GRAPH_INVALID: { exitCode: 70, meaning: 'The graph does not fit the catalogue of elements.' },
  MODEL_UNKNOWN: { exitCode: 78, meaning: 'No manifest describes this model.' },
  MODEL_INVALID: { exitCode: 78, meaning: 'A model manifest or its labels are wrong.' },
  MODEL_MISSING: { exitCode: 69, meaning: 'The weights of a model are not on this machine.' },
  MODEL_CORRUPT: { exitCode: 65, meaning: 'The weights of a model differ from the hash in its manifest.' },
  SECRET_UNAVAILABLE: { exitCode: 78, meaning: 'A secret named in the spec cannot be read.' },
  URI_REFUSED: { exitCode: 78, meaning: 'A stream may not be read from this address.' },
  NATIVE_MISSING: { exitCode: 69, meaning: 'The native addon cannot be loaded.' },
  ELEMENT_MISSING: { exitCode: 69, meaning: 'GStreamer lacks an element the pipeline needs.' },
  PIPELINE_FAILED: { exitCode: 70, meaning: 'The pipeline failed; a new process is needed.' },
  SLOTS_FULL: { exitCode: 78, meaning: 'Every slot of the pipeline is taken.' },
  STREAM_EXISTS: { exitCode: 64, meaning: 'Another stream has this name.' },
  STREAM_UNKNOWN: { exitCode: 64, meaning: 'No stream of this name is declared.' },
  PIPELINE_UNKNOWN: {
    exitCode: 64,
    meaning: 'No pipeline of this name is declared, or none was named of several.',
  },
  NO_PICTURE: { exitCode: 69, meaning: 'The stream shows no picture at the moment.' },
  STOPPED: { exitCode: 69, meaning: 'The appliance is stopping.' },
  TIMEOUT: { exitCode: 69, meaning: 'Something did not happen within its deadline.' },
  NATS_UNAVAILABLE: { exitCode: 69, meaning: 'The NATS server cannot be reached or refuses the client.' },
  LISTEN_FAILED: { exitCode: 69, meaning: 'Nothing can listen on the address of `metrics`.' },
  IO: { exitCode: 74, meaning: 'A file or folder cannot be read or written.' },
  CHECK_FAILED: { exitCode: 69, meaning: 'A check of the installation failed.' },
  INTERNAL: { exitCode: 70, meaning: 'A fault of Weir itself.' },
} as const satisfies Record<string, { exitCode: number; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

export interface WeirErrorOptions {
  /** What the user can do about it. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** A failure with a stable code. The message names the thing, what was seen and what was expected. */
export class WeirError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly exitCode: number;

  constructor(code: ErrorCode, message: string, options: WeirErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WeirError';
    this.code = code;
    this.remedy = options.remedy;
    this.exitCode = ERRORS[code].exitCode;
  }
}
