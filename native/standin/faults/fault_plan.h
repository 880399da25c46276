// Faults the stand-in shows on request, for tests: see docs/stand-in.md.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace weir::standin {

struct PictureSize {
  int width = 0;
  int height = 0;
  bool operator==(const PictureSize&) const = default;
};

// Nothing is asked for by default.
struct FaultPlan {
  bool infer_hang = false;
  double infer_slow = 1;  // factor
  std::string infer_error;
  std::string infer_start_error;
  bool surface_error = false;
  std::string decoder_error;
  std::optional<PictureSize> mux_crash;
  std::optional<PictureSize> infer_crash;
  std::vector<std::string> unknown;  // lines that ask for nothing
};

// One fault per line: its name, and its value where it has one. Lines may be empty or begin with #.
FaultPlan parse_faults(std::istream& text);

}  // namespace weir::standin
