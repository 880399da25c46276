#pragma once

#include <cstdint>
#include <random>

namespace camsim {

/** Chance that is the same for the same seed, on every machine. */
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  /** From 0 to below `end`. */
  uint64_t Below(uint64_t end) { return engine_() % end; }
  /** From 0 to below 1. */
  double Fraction() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  bool Happens(double probability) { return probability > 0 && Fraction() < probability; }

 private:
  std::mt19937_64 engine_;  // the standard's distributions differ between libraries, its engines do not
};

}  // namespace camsim
