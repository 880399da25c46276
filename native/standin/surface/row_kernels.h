// The inner loops of reading a picture, one row at a time. Every variant computes the same bits.
#pragma once

#include <cstdint>
#include <vector>

namespace weir::standin {

// Where each output of an axis lies between two samples.
struct Taps {
  std::vector<int32_t> index;   // of the left or upper sample
  std::vector<int32_t> weight;  // of the right or lower one, 0..256
};

// Blended samples, 8.8 fixed point; each has one value more than the largest index.
struct BlendedRow {
  const uint16_t* luma;
  const uint16_t* u;
  const uint16_t* v;
};

struct RowKernels {
  const char* name;
  // out[i] = upper[i] * (256 - weight) + lower[i] * weight
  void (*blend)(const uint8_t* upper, const uint8_t* lower, int weight, int count, uint16_t* out);
  // The same of interleaved pairs: `count` of each.
  void (*blend_pairs)(const uint8_t* upper, const uint8_t* lower, int weight, int count, uint16_t* first,
                      uint16_t* second);
  // Outputs [from, to): across the row, then BT.601 limited range to RGB bytes.
  void (*colour)(const BlendedRow& row, const Taps& luma, const Taps& chroma, int from, int to, uint8_t* r,
                 uint8_t* g, uint8_t* b);
  // out[i] = scale * (in[i] - offset)
  void (*normalise)(const uint8_t* in, float scale, float offset, int count, float* out);
};

// What any processor runs.
const RowKernels& portable_kernels();
// The fastest this processor runs.
const RowKernels& best_kernels();

}  // namespace weir::standin
