#include "pipeline/probe_findings.h"

namespace weir {
namespace {

constexpr size_t kMostUnits = 100'000;  // eleven minutes at 150 per second
constexpr size_t kMostMedia = 16;
constexpr size_t kLongestText = 64;

std::string cut(const std::string& text) { return text.substr(0, kLongestText); }

}  // namespace

void ProbeNotebook::add(const ProbeUnit& unit) {
  std::lock_guard lock(mutex_);
  if (findings_.units.size() < kMostUnits) findings_.units.push_back(unit);
}

void ProbeNotebook::add(const ProbeMedia& media) {
  std::lock_guard lock(mutex_);
  if (findings_.media.size() < kMostMedia)
    findings_.media.push_back({.kind = cut(media.kind), .codec = cut(media.codec), .fps = media.fps});
}

void ProbeNotebook::set_authentication(const std::string& scheme) {
  std::lock_guard lock(mutex_);
  findings_.authentication = cut(scheme);
}

void ProbeNotebook::set_format(const std::string& profile, const std::string& level) {
  std::lock_guard lock(mutex_);
  findings_.profile = cut(profile);
  findings_.level = cut(level);
}

ProbeFindings ProbeNotebook::read() const {
  std::lock_guard lock(mutex_);
  return findings_;
}

ProbeNotebook& probe_notebook() {
  static ProbeNotebook notebook;
  return notebook;
}

}  // namespace weir
