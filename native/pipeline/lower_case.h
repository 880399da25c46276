// ASCII letters in lower case, the rest as it is.
#pragma once

#include <glib.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace weir {

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), g_ascii_tolower);
  return lower;
}

}  // namespace weir
