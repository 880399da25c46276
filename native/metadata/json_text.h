// JSON strings and RFC 3339 times.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

// The text with U+FFFD in place of bytes that are not UTF-8.
std::string utf8(std::string_view text);

// The same as a JSON string with its quotes.
std::string json_string(std::string_view text);

// Writes times such as 2026-11-22T19:00:00.123456Z; one per stream thread, as it keeps the last second.
class TimeText {
 public:
  // `ns` since 1970. Valid until the next call.
  std::string_view format(uint64_t ns);

 private:
  uint64_t second_ = UINT64_MAX;
  char text_[28] = {};
};

}  // namespace weir
