/**
 * What the planner has to know, typed from a document of figures and not computed: streams a decoder takes, modules, GPUs,
 * and the example that is worked there by hand. Rows of Markdown, as they stand there.
 */

/** Cells of a table's rows; `**` around a number says 30 or more. */
export function rowsOf(table: string): string[][] {
  const lines = table.trim().split('\n');
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('**', '')),
  );
}

/** Module, codec, 1080p30, 1080p15, 1080p10, 720p30, 720p15, 360p30, trust. */
export const STREAMS_BY_DECODER = `
| Jetson Nano 4GB | H.264 | 8 | 16 | 24 | 18 | **36** | **72** | third_party |
| Jetson Nano 4GB | H.265 | 8 | 16 | 24 | 18 | **36** | **72** | third_party |
| Jetson TX2 / TX2 NX | H.264 | 14 | 28 | **42** | **31** | **63** | **126** | unconfirmed |
| Jetson TX2 / TX2 NX | H.265 | 14 | 28 | **42** | **31** | **63** | **126** | unconfirmed |
| Jetson Xavier NX 8/16GB | H.264 | 22 | **44** | **66** | **49** | **99** | **198** | third_party |
| Jetson Xavier NX 8/16GB | H.265 | **44** | **88** | **132** | **99** | **198** | **396** | third_party |
| Jetson AGX Xavier 32/64GB | H.264 | **32** | **64** | **96** | **72** | **144** | **288** | unconfirmed |
| Jetson AGX Xavier 32/64GB | H.265 | **52** | **104** | **156** | **117** | **234** | **468** | third_party |
| Jetson Orin Nano 4GB | H.264 | 7 | 14 | 21 | 16 | **32** | **65** | datasheet |
| Jetson Orin Nano 4GB | H.265 | 11 | 22 | **33** | 24 | **49** | **99** | datasheet |
| Jetson Orin Nano 8GB (and Super dev kit) | H.264 | 7 | 14 | 21 | 16 | **32** | **65** | datasheet |
| Jetson Orin Nano 8GB (and Super dev kit) | H.265 | 11 | 22 | **33** | 24 | **49** | **99** | datasheet |
| Jetson Orin NX 8GB | H.264 | 11 | 22 | **33** | 26 | **52** | **104** | datasheet |
| Jetson Orin NX 8GB | H.265 | 18 | **36** | **54** | **39** | **79** | **159** | datasheet |
| Jetson Orin NX 16GB | H.264 | 11 | 22 | **33** | 26 | **52** | **104** | datasheet |
| Jetson Orin NX 16GB | H.265 | 18 | **36** | **54** | **39** | **79** | **159** | datasheet |
| Jetson AGX Orin 32GB | H.264 | 11 | 22 | **33** | 26 | **52** | **104** | datasheet |
| Jetson AGX Orin 32GB | H.265 | 18 | **36** | **54** | **39** | **79** | **159** | datasheet |
| Jetson AGX Orin 64GB | H.264 | 13 | 26 | **39** | **30** | **61** | **122** | datasheet |
| Jetson AGX Orin 64GB | H.265 | 22 | **44** | **66** | **47** | **94** | **188** | datasheet |
| Jetson AGX Orin Industrial 64GB | H.264 | 13 | 26 | **39** | **32** | **64** | **128** | datasheet |
| Jetson AGX Orin Industrial 64GB | H.265 | 23 | **46** | **69** | **49** | **98** | **197** | datasheet |
| Jetson T4000 64GB | H.264 | **47** | **94** | **141** | **107** | **215** | **430** | vendor |
| Jetson T4000 64GB | H.265 | **43** | **86** | **129** | **96** | **193** | **387** | vendor |
| Jetson T5000 128GB (AGX Thor dev kit) | H.264 | **95** | **190** | **285** | **215** | **430** | **860** | vendor |
| Jetson T5000 128GB (AGX Thor dev kit) | H.265 | **86** | **172** | **258** | **193** | **387** | **775** | vendor |
`;

/** Who decodes thirty streams of 1920x1080 at 30 fps, with how many it takes. */
export const THIRTY_1080P30 = {
  h264: {
    yes: { 'thor-t4000': 47, 'thor-t5000': 95 },
    paper: { 'agx-xavier': 32 },
    no: {
      'jetson-nano': 8,
      'jetson-tx2': 14,
      'xavier-nx': 22,
      'orin-nano-4gb': 7,
      'orin-nano-8gb': 7,
      'orin-nx-8gb': 11,
      'orin-nx-16gb': 11,
      'agx-orin-32gb': 11,
      'agx-orin-64gb': 13,
      'agx-orin-industrial': 13,
    },
  },
  h265: {
    yes: { 'thor-t4000': 43, 'thor-t5000': 86 },
    paper: { 'xavier-nx': 44, 'agx-xavier': 52 },
    no: {
      'jetson-nano': 8,
      'jetson-tx2': 14,
      'orin-nano-4gb': 11,
      'orin-nano-8gb': 11,
      'orin-nx-8gb': 18,
      'orin-nx-16gb': 18,
      'agx-orin-32gb': 18,
      'agx-orin-64gb': 22,
      'agx-orin-industrial': 23,
    },
  },
} as const;

/**
 * Id, GPU (cc), SM, marketing AI, GPU INT8 dense TOPS, FP16 dense TFLOPS, memory GB and GB/s, DLA,
 * NVDEC 1080p30 H.264 / H.265 / AV1, NVENC H.265 1080p30 (fast / HQ), power W. `?`: unconfirmed.
 */
export const MODULES = `
| jetson-nano | Maxwell 5.3 | 1 | 0.47 TFLOPS FP16 | none | 0.47 | 4 GB, 25.6 | 0 | 8 / 8 / - | 4 | 5, 10 |
| jetson-tx2 | Pascal 6.2 | 2 | 1.33 TFLOPS FP16 | none | 1.33 | 4 GB, 51.2 | 0 | 14? / 14? / - | 1x4K30 | 7.5, 15 |
| xavier-nx | Volta 7.2 | 6 | 21 TOPS | ? | ? | 8 GB, 59.7 | 2 | 22 / 44 / - | 22 | 10, 15, 20 |
| agx-xavier | Volta 7.2 | 8 | 32 TOPS | ? | 11 | 32 GB, 136.5 | 2 | 32? / 52 / - | 32 | 10, 15, 30 |
| orin-nano-4gb | Ampere 8.7 | 4 | 20 (Super 34) | 10 (17) | 5.1 | 4 GB, 34 (51) | 0 | 7 / 11 / 10 | none | 7, 10, 25, MAXN_SUPER |
| orin-nano-8gb | Ampere 8.7 | 8 | 40 (Super 67) | 20 (33) | 10.2 | 8 GB, 68 (102) | 0 | 7 / 11 / 10 | none | 7, 15, 25, MAXN_SUPER |
| orin-nx-8gb | Ampere 8.7 | 8 | 70 (Super 117?) | 25 | 12.6 | 8 GB, 102.4 | 1 | 11 / 18 / 16 | 12 / 2 | 10 to 25 (40) |
| orin-nx-16gb | Ampere 8.7 | 8 | 100 (Super 157) | 30 (38) | 15.1 | 16 GB, 102.4 | 2 | 11 / 18 / 16 | 12 / 2 | 10 to 25 (40) |
| agx-orin-32gb | Ampere 8.7 | 14 | 200 | 54 | 26.9 | 32 GB, 204.8 | 2 | 11 / 18 / 15 | 12 / 2 | 15 to 40 |
| agx-orin-64gb | Ampere 8.7 | 16 | 275 | 85 | 42.6 | 64 GB, 204.8 | 2 | 13 / 22 / 18 | 16 / 3 | 15 to 60 |
| agx-orin-industrial | Ampere 8.7 | 16 | 248 | 79? | 39? | 64 GB, 204.8 | 2 | 13 / 23 / 19 | 15 | 15 to 75 |
| thor-t4000 | Blackwell 11.0 | 12 | 1200 FP4 sparse | FP8 300 | 150 | 64 GB, 273 | 0 | 47 / 43 / 26 | 6x4K30 / 2x4K30 | 70, 90 |
| thor-t5000 | Blackwell 11.0 | 20 | 2070 FP4 sparse | FP8 517 | 258 | 128 GB, 273 | 0 | 95 / 86 / 52 | 12x4K30 / 4x4K30 | 70, 90, 120, 130 |
`;

/** Id, cc, SM, INT8 / FP16 dense, memory GB and GB/s, NVDEC, AV1 decode, NVENC. */
export const GPUS = `
| t4 | 7.5 | 40 | 130 / 65 | 16, 320 | 2 | no | yes |
| a2 | 8.6 | 10 | 36 / 18 | 16, 200 | 1 | yes | yes |
| a10 | 8.6 | 72 | 250 / 125 | 24, 600 | 2 | yes | yes |
| l4 | 8.9 | 60 | 242 / 121 | 24, 300 | 4 | yes | yes |
| l40s | 8.9 | 142 | 733 / 366 | 48, 864 | 3 | yes | yes |
| a100 | 8.0 | 108 | 624 / 312 | 40, 1555 | 5 | no | no |
| h100 | 9.0 | 114 | 1513 / 756 | 80, 2000 | 7 | no | no |
`;
