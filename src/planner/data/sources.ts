/** Where figures come from. The data sheets were read as text restated in public: check a figure for a customer against NVIDIA's own PDF. */

interface Source {
  /** As tables show it. */
  readonly name: string;
  readonly title: string;
}

export const SOURCES = {
  ds_agx_orin: {
    name: 'DS-10662-001',
    title: 'NVIDIA Jetson AGX Orin Series Data Sheet DS-10662-001 v1.6, tables 4-1 to 4-7',
  },
  ds_orin_nx: {
    name: 'DS-10712-001',
    title: 'NVIDIA Jetson Orin NX Series Modules Data Sheet DS-10712-001 v1.5, tables 2-7 to 2-9',
  },
  ds_orin_nano: {
    name: 'DS-11105-001',
    title: 'NVIDIA Jetson Orin Nano Series Modules Data Sheet DS-11105-001 v1.5, table 2-5',
  },
  ds_thor: {
    name: 'DS-11945-001',
    title:
      'NVIDIA Jetson Thor Series Modules Data Sheet DS-11945-001 v1.2 to v1.5, tables 2-3 to 2-5, in extracts',
  },
  codec_sdk13: {
    name: 'Codec SDK 13.0',
    title: 'NVIDIA Video Codec SDK 13.0, application notes of NVDEC and NVENC',
  },
  video_benchmark: {
    name: 'jetson-video-benchmark',
    title: 'NVIDIA/skills, jetson-video-benchmark: planning default for codec rates',
  },
  ds_skill: {
    name: 'DS 9.1 skill',
    title:
      'NVIDIA/DeepStream 9.1, hardware ceilings of its profiling skill; NVIDIA calls the rates per engine informal',
  },
  ds_yolo: { name: 'yolo_deepstream', title: 'NVIDIA/DeepStream 9.1, tools/yolo_deepstream' },
  ds_yolo_qat: { name: 'yolov7_qat', title: 'NVIDIA/DeepStream 9.1, tools/yolo_deepstream/yolov7_qat' },
  ds70_perf: {
    name: 'DS 7.0 performance',
    title: 'NVIDIA DeepStream 7.0, page Performance, as restated in public',
  },
  ds5_perf: { name: 'DS 5 performance', title: 'NVIDIA DeepStream 5.x, page Performance' },
  ultralytics: {
    name: 'Ultralytics',
    title: 'Ultralytics documentation, guide NVIDIA Jetson, tables of TensorRT',
  },
  hokwang: { name: 'hokwangchoi.com', title: 'hokwangchoi.com, YOLOv8n INT8 on Orin Nano, MAXN_SUPER' },
  module_table: {
    name: 'module tables',
    title: "Tables that compare Jetson modules, by others than NVIDIA, restating NVIDIA's page of modules",
  },
  gpu_specs: {
    name: 'GPU tables',
    title: "Tables of GPUs, by others than NVIDIA, restating NVIDIA's data sheets",
  },
  h264_levels: {
    name: 'H.264, H.265',
    title: 'ITU-T H.264 table A-1 and H.265 clause A.4.2: pictures a decoder holds',
  },
  calc: { name: 'derived', title: 'Computed; the formula is in docs/planning.md' },
  given: { name: 'given', title: 'Given on the command line' },
  none: { name: 'none', title: 'No source: recollection or inference' },
} as const satisfies Record<string, Source>;

export type SourceId = keyof typeof SOURCES;
