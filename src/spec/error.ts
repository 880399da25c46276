/** The one catalogue of failures: a stable code, its exit code, its HTTP status, and what it means. */

/** Exit codes follow sysexits: 64 usage, 65 data, 69 unavailable, 70 our fault, 74 input/output, 77 permission, 78 configuration. */
export const ERRORS = {
  USAGE: { exitCode: 64, httpStatus: 400, meaning: 'The command line is wrong.' },
  SPEC_INVALID: {
    exitCode: 78,
    httpStatus: 400,
    meaning: 'The spec does not validate; every problem is listed.',
  },
  SPEC_UNREADABLE: { exitCode: 74, httpStatus: 400, meaning: 'The spec cannot be read.' },
  CONFIG_INVALID: {
    exitCode: 78,
    httpStatus: 400,
    meaning: 'A generated or hand-written DeepStream file is wrong.',
  },
  CONFIG_UNSAFE: {
    exitCode: 78,
    httpStatus: 400,
    meaning: 'A value cannot be written into a config file without changing its meaning.',
  },
  GRAPH_INVALID: {
    exitCode: 70,
    httpStatus: 500,
    meaning: 'The graph does not fit the catalogue of elements.',
  },
  MODEL_UNKNOWN: { exitCode: 78, httpStatus: 400, meaning: 'No manifest describes this model.' },
  MODEL_INVALID: { exitCode: 78, httpStatus: 400, meaning: 'A model manifest or its labels are wrong.' },
  MODEL_MISSING: {
    exitCode: 69,
    httpStatus: 503,
    meaning: 'The weights of a model are not on this machine.',
  },
  MODEL_CORRUPT: {
    exitCode: 65,
    httpStatus: 503,
    meaning: 'The weights of a model differ from the hash in its manifest.',
  },
  ENGINE_MISSING: {
    exitCode: 69,
    httpStatus: 503,
    meaning: 'The TensorRT engine a pipeline loads has not been built.',
  },
  ENGINE_STALE: {
    exitCode: 69,
    httpStatus: 503,
    meaning: 'An engine was built from other weights, for another machine or for another setting.',
  },
  ENGINE_UNSUPPORTED: {
    exitCode: 78,
    httpStatus: 400,
    meaning: 'TensorRT, or its release on this machine, cannot build what is asked for.',
  },
  ENGINE_BUILDER_MISSING: {
    exitCode: 69,
    httpStatus: 503,
    meaning: "trtexec is not there, or TensorRT's version cannot be told.",
  },
  ENGINE_MEMORY: {
    exitCode: 69,
    httpStatus: 503,
    meaning: 'There is too little memory to build an engine.',
  },
  ENGINE_DISK: {
    exitCode: 74,
    httpStatus: 507,
    meaning: 'There is too little room on the disk for an engine.',
  },
  ENGINE_BUSY: {
    exitCode: 69,
    httpStatus: 409,
    meaning: 'Another process builds this engine.',
  },
  ENGINE_BUILD_FAILED: {
    exitCode: 70,
    httpStatus: 500,
    meaning: 'trtexec failed, was killed, or was told to stop.',
  },
  FILE_UNTRUSTED: {
    exitCode: 78,
    httpStatus: 503,
    meaning: 'A file that is loaded as code could have been put there by anybody.',
  },
  SECRET_UNAVAILABLE: {
    exitCode: 78,
    httpStatus: 400,
    meaning: 'A secret named in the spec cannot be read.',
  },
  URI_REFUSED: { exitCode: 78, httpStatus: 400, meaning: 'A stream may not be read from this address.' },
  NATIVE_MISSING: { exitCode: 69, httpStatus: 503, meaning: 'The native addon cannot be loaded.' },
  ELEMENT_MISSING: {
    exitCode: 69,
    httpStatus: 503,
    meaning: 'GStreamer lacks an element the pipeline needs.',
  },
  PIPELINE_FAILED: {
    exitCode: 70,
    httpStatus: 503,
    meaning: 'The pipeline failed; a new process is needed.',
  },
  PIPELINE_STUCK: {
    exitCode: 70,
    httpStatus: 503,
    meaning: 'Cameras deliver pictures, but none passes the pipeline; a new process is needed.',
  },
  SLOTS_FULL: { exitCode: 78, httpStatus: 409, meaning: 'Every slot of the pipeline is taken.' },
  STREAM_EXISTS: { exitCode: 64, httpStatus: 409, meaning: 'Another stream has this name.' },
  STREAM_UNKNOWN: { exitCode: 64, httpStatus: 404, meaning: 'No stream of this name is declared.' },
  PIPELINE_UNKNOWN: {
    exitCode: 64,
    httpStatus: 404,
    meaning: 'No pipeline of this name is declared, or none was named of several.',
  },
  NO_PICTURE: { exitCode: 69, httpStatus: 503, meaning: 'The stream shows no picture at the moment.' },
  STOPPED: { exitCode: 69, httpStatus: 503, meaning: 'The appliance is stopping.' },
  TIMEOUT: { exitCode: 69, httpStatus: 504, meaning: 'Something did not happen within its deadline.' },
  NATS_UNAVAILABLE: {
    exitCode: 69,
    httpStatus: 503,
    meaning: "The appliance's own NATS server cannot be started.",
  },
  LISTEN_FAILED: {
    exitCode: 69,
    httpStatus: 500,
    meaning: 'Nothing can listen on the address of `metrics` or `control`.',
  },
  IO: { exitCode: 74, httpStatus: 500, meaning: 'A file or folder cannot be read or written.' },
  CHECK_FAILED: { exitCode: 69, httpStatus: 500, meaning: 'A check of the installation failed.' },
  STREAM_FAILED: {
    exitCode: 69,
    httpStatus: 503,
    meaning: 'The stream that was waited for has failed, or its pipeline has.',
  },
  STATE_UNWRITABLE: {
    exitCode: 74,
    httpStatus: 507,
    meaning: 'The desired state cannot be written; nothing was changed.',
  },
  STATE_CORRUPT: {
    exitCode: 65,
    httpStatus: 500,
    meaning: 'Neither the state file nor its last good copy can be read.',
  },
  ALREADY_RUNNING: { exitCode: 69, httpStatus: 409, meaning: 'Another process runs this appliance.' },
  NOT_RUNNING: { exitCode: 69, httpStatus: 503, meaning: 'No appliance answers on the control socket.' },
  PROBE_FAILED: { exitCode: 69, httpStatus: 502, meaning: 'The camera that was tried shows no picture.' },
  BAD_REQUEST: {
    exitCode: 64,
    httpStatus: 400,
    meaning: 'A request is malformed, or its input does not validate.',
  },
  UNAUTHORIZED: { exitCode: 77, httpStatus: 401, meaning: 'The request carries no token that is known.' },
  FORBIDDEN: { exitCode: 77, httpStatus: 403, meaning: 'Whoever asks may not do this.' },
  NOT_FOUND: { exitCode: 64, httpStatus: 404, meaning: 'Nothing is at this address.' },
  METHOD_NOT_ALLOWED: {
    exitCode: 64,
    httpStatus: 405,
    meaning: 'The address is there, but not for this method.',
  },
  REQUEST_TIMEOUT: { exitCode: 69, httpStatus: 408, meaning: 'A request was not received in time.' },
  TOO_LARGE: { exitCode: 64, httpStatus: 413, meaning: 'A request is larger than is accepted.' },
  MEDIA_TYPE: { exitCode: 64, httpStatus: 415, meaning: 'A request is not JSON.' },
  HOST_REFUSED: {
    exitCode: 77,
    httpStatus: 421,
    meaning: 'A request was sent to a name that is not of this appliance.',
  },
  RATE_LIMITED: {
    exitCode: 69,
    httpStatus: 429,
    meaning: 'Too many requests, streams or connections; ask again later.',
  },
  DEVICE_UNKNOWN: {
    exitCode: 64,
    httpStatus: 404,
    meaning: 'No device of this name is known, or none was named and this machine is none.',
  },
  PLAN_TOO_LARGE: {
    exitCode: 69,
    httpStatus: 409,
    meaning: 'The device does not carry the streams of a spec, by the figures known of it.',
  },
  INTERNAL: { exitCode: 70, httpStatus: 500, meaning: 'A fault of Weir itself.' },
} as const satisfies Record<string, { exitCode: number; httpStatus: number; meaning: string }>;

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
