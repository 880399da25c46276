#include "faults/fault_plan.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string_view>

namespace weir::standin {
namespace {

std::string trimmed(std::string_view text) {
  constexpr char kBlanks[] = " \t\r";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin));
}

bool take_flag(bool& field, const std::string& value) {
  field = value.empty();
  return field;
}

bool take_text(std::string& field, const std::string& value) {
  field = value;
  return !value.empty();
}

bool take_factor(double& field, const std::string& value) {
  char rest = 0;
  double factor = 0;
  if (std::sscanf(value.c_str(), "%lf%c", &factor, &rest) != 1 || !(factor >= 1 && factor <= 1000))
    return false;
  field = factor;
  return true;
}

bool take_size(std::optional<PictureSize>& field, const std::string& value) {
  char rest = 0;
  PictureSize size;
  if (std::sscanf(value.c_str(), "%dx%d%c", &size.width, &size.height, &rest) != 2) return false;
  field = size;
  return true;
}

struct Row {
  std::string_view name;
  // False for a value that does not fit.
  bool (*take)(FaultPlan& plan, const std::string& value);
};

constexpr Row kRows[] = {
    {"infer-hang", [](FaultPlan& p, const std::string& v) { return take_flag(p.infer_hang, v); }},
    {"infer-slow", [](FaultPlan& p, const std::string& v) { return take_factor(p.infer_slow, v); }},
    {"infer-error", [](FaultPlan& p, const std::string& v) { return take_text(p.infer_error, v); }},
    {"infer-start-error",
     [](FaultPlan& p, const std::string& v) { return take_text(p.infer_start_error, v); }},
    {"surface-error", [](FaultPlan& p, const std::string& v) { return take_flag(p.surface_error, v); }},
    {"decoder-error", [](FaultPlan& p, const std::string& v) { return take_text(p.decoder_error, v); }},
    {"mux-crash", [](FaultPlan& p, const std::string& v) { return take_size(p.mux_crash, v); }},
    {"infer-crash", [](FaultPlan& p, const std::string& v) { return take_size(p.infer_crash, v); }},
};

bool take(FaultPlan& plan, const std::string& line) {
  const size_t end = line.find_first_of(" \t");
  const std::string name = line.substr(0, end);
  const std::string value = end == std::string::npos ? "" : trimmed(line.substr(end));
  const auto* row =
      std::find_if(std::begin(kRows), std::end(kRows), [&name](const Row& r) { return r.name == name; });
  return row != std::end(kRows) && row->take(plan, value);
}

}  // namespace

FaultPlan parse_faults(std::istream& text) {
  FaultPlan plan;
  for (std::string raw; std::getline(text, raw);) {
    const std::string line = trimmed(raw);
    if (line.empty() || line.starts_with('#')) continue;
    if (!take(plan, line)) plan.unknown.push_back(line);
  }
  return plan;
}

}  // namespace weir::standin
