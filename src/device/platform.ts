/** What a pipeline for NVIDIA runs on. Each part is undefined where it is not there or cannot be told. */
export interface Platform {
  /** The part number of the module, as `p3767-0000`. */
  readonly part?: string;
  /** As the device tree names it. */
  readonly model?: string;
  /** Of Jetson Linux, as `36.4.3`. */
  readonly l4t?: string;
  /** As `7.1.0`. */
  readonly deepstream?: string;
  /** As `12.6`. */
  readonly cuda?: string;
  /** As `10.3.0`. */
  readonly tensorrt?: string;
  /** Name of the GPU, as TensorRT prints it. */
  readonly gpu?: string;
  /** As `8.7`. */
  readonly computeCapability?: string;
}
