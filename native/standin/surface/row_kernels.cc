#include "surface/row_kernels.h"

#include <algorithm>
#include <cstring>

// The loops are written once, plainly enough for the compiler to vectorise, and compiled once for each
// instruction set: an always-inline function takes on that of its caller.
#define WEIR_INLINE [[gnu::always_inline]] inline

namespace weir::standin {
namespace {

WEIR_INLINE void blend_loop(const uint8_t* __restrict upper, const uint8_t* __restrict lower, int weight,
                            int count, uint16_t* __restrict out) {
  for (int i = 0; i < count; i++)
    out[i] = static_cast<uint16_t>(upper[i] * (256 - weight) + lower[i] * weight);
}

WEIR_INLINE void blend_pairs_loop(const uint8_t* __restrict upper, const uint8_t* __restrict lower,
                                  int weight, int count, uint16_t* __restrict first,
                                  uint16_t* __restrict second) {
  for (int i = 0; i < count; i++) {
    first[i] = static_cast<uint16_t>(upper[2 * i] * (256 - weight) + lower[2 * i] * weight);
    second[i] = static_cast<uint16_t>(upper[2 * i + 1] * (256 - weight) + lower[2 * i + 1] * weight);
  }
}

WEIR_INLINE uint8_t clamp_byte(int32_t value) {
  return static_cast<uint8_t>(std::min(std::max(value, 0), 255));
}

// Two neighbours, the left one in the lower half.
WEIR_INLINE uint32_t load_pair(const uint16_t* at) { return at[0] | static_cast<uint32_t>(at[1]) << 16; }

// left * (256 - weight) + right * weight, without the last 8 of its 16 fractional bits.
WEIR_INLINE int32_t across(uint32_t pair, int32_t weight) {
  const auto left = static_cast<int32_t>(pair & 0xffff), right = static_cast<int32_t>(pair >> 16);
  return ((left << 8) + (right - left) * weight) >> 8;
}

// Samples are picked block by block, so that what is computed of them lies in a row.
WEIR_INLINE void colour_loop(const BlendedRow& row, const Taps& luma, const Taps& chroma, int from, int to,
                             uint8_t* __restrict r, uint8_t* __restrict g, uint8_t* __restrict b) {
  constexpr int kBlock = 64;
  alignas(64) uint32_t y_pairs[kBlock], u_pairs[kBlock], v_pairs[kBlock];
  for (int start = from; start < to; start += kBlock) {
    const int count = std::min(kBlock, to - start);
    const int32_t* const y_index = luma.index.data() + start;
    const int32_t* const c_index = chroma.index.data() + start;
    const int32_t* const y_weight = luma.weight.data() + start;
    const int32_t* const c_weight = chroma.weight.data() + start;
    for (int i = 0; i < count; i++) {
      y_pairs[i] = load_pair(row.luma + y_index[i]);
      u_pairs[i] = load_pair(row.u + c_index[i]);
      v_pairs[i] = load_pair(row.v + c_index[i]);
    }
    for (int i = 0; i < count; i++) {
      // 8.8 fixed-point coefficients on 8.8 samples: the sums stay within 32 bits.
      const int32_t base = 298 * (across(y_pairs[i], y_weight[i]) - (16 << 8)) + (1 << 15);
      const int32_t cb = across(u_pairs[i], c_weight[i]) - (128 << 8);
      const int32_t cr = across(v_pairs[i], c_weight[i]) - (128 << 8);
      r[start + i] = clamp_byte((base + 409 * cr) >> 16);
      g[start + i] = clamp_byte((base - 100 * cb - 208 * cr) >> 16);
      b[start + i] = clamp_byte((base + 516 * cb) >> 16);
    }
  }
}

WEIR_INLINE void normalise_loop(const uint8_t* __restrict in, float scale, float offset, int count,
                                float* __restrict out) {
  for (int i = 0; i < count; i++) out[i] = scale * (static_cast<float>(in[i]) - offset);
}

// The four loops under the attribute `TARGET`.
#define WEIR_ROW_KERNELS(TARGET)                                                                        \
  TARGET void blend(const uint8_t* upper, const uint8_t* lower, int weight, int count, uint16_t* out) { \
    blend_loop(upper, lower, weight, count, out);                                                       \
  }                                                                                                     \
  TARGET void blend_pairs(const uint8_t* upper, const uint8_t* lower, int weight, int count,            \
                          uint16_t* first, uint16_t* second) {                                          \
    blend_pairs_loop(upper, lower, weight, count, first, second);                                       \
  }                                                                                                     \
  TARGET void colour(const BlendedRow& row, const Taps& luma, const Taps& chroma, int from, int to,     \
                     uint8_t* r, uint8_t* g, uint8_t* b) {                                              \
    colour_loop(row, luma, chroma, from, to, r, g, b);                                                  \
  }                                                                                                     \
  TARGET void normalise(const uint8_t* in, float scale, float offset, int count, float* out) {          \
    normalise_loop(in, scale, offset, count, out);                                                      \
  }

namespace portable {
WEIR_ROW_KERNELS([[gnu::noinline]])
}
#if defined(__x86_64__)
namespace avx2 {
WEIR_ROW_KERNELS([[gnu::target("avx2")]])
}
#endif

}  // namespace

const RowKernels& portable_kernels() {
  static const RowKernels kernels{"portable", portable::blend, portable::blend_pairs, portable::colour,
                                  portable::normalise};
  return kernels;
}

const RowKernels& best_kernels() {
#if defined(__x86_64__)
  static const RowKernels kernels{"avx2", avx2::blend, avx2::blend_pairs, avx2::colour, avx2::normalise};
  if (__builtin_cpu_supports("avx2")) return kernels;
#endif
  return portable_kernels();
}

}  // namespace weir::standin
