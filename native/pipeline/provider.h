// GStreamer itself and the plugins this build relies on.
#pragma once

#include <optional>
#include <string>

namespace weir {

// `standin` or `nvidia`.
const char* provider_name();
std::string gstreamer_version();

// Once per process, any thread; later calls return at once. Throws Failure NATIVE_MISSING.
void load_provider();

struct FoundElement {
  std::string plugin;  // file
  std::string version;
};
std::optional<FoundElement> find_element(const std::string& name);

}  // namespace weir
