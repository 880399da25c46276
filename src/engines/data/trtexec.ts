/**
 * The options of trtexec that are used, and the TensorRT releases whose parser has the name: NVIDIA/TensorRT,
 * samples/common/sampleOptions.cpp (Apache-2.0), at v10.3.0, v10.16 and 11.1. A test compares them with all that is known.
 */

/** In the order of time. */
export const RELEASES = ['10.3', '10.16', '11.1'] as const;
export type Release = (typeof RELEASES)[number];

const TEN = ['10.3', '10.16'] as const;

export const TRTEXEC_OPTIONS = {
  '--onnx': RELEASES,
  '--saveEngine': RELEASES,
  '--skipInference': RELEASES,
  '--device': RELEASES,
  '--fp16': TEN,
  '--int8': RELEASES,
  '--calib': TEN,
  '--minShapes': RELEASES,
  '--optShapes': RELEASES,
  '--maxShapes': RELEASES,
  '--useDLACore': RELEASES,
  '--allowGPUFallback': RELEASES,
  '--memPoolSize': RELEASES,
  '--timingCacheFile': RELEASES,
  '--builderOptimizationLevel': RELEASES,
} as const satisfies Readonly<Record<string, readonly Release[]>>;

export type TrtexecOption = keyof typeof TRTEXEC_OPTIONS;
