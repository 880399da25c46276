#include "metadata/json_text.h"

#include <cstdio>
#include <ctime>

namespace weir {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_continuation(unsigned char c) { return (c & 0xC0) == 0x80; }

// Length of the valid UTF-8 sequence at the start of `text`, 0 where there is none.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; i++)
    if (!is_continuation(byte(i))) return 0;
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) >= 0xA0;
  const bool too_large = first == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

// Calls `each` with every character, the replacement for every byte that is none.
template <class Each>
void each_sequence(std::string_view text, Each each) {
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    each(length == 0 ? kReplacement : text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

void append_ascii(std::string& out, char c) {
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
    char escape[8];
    std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += escape;
  } else {
    out += c;
  }
}

}  // namespace

std::string utf8(std::string_view text) {
  std::string out;
  each_sequence(text, [&](std::string_view sequence) { out += sequence; });
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  each_sequence(text, [&](std::string_view sequence) {
    if (sequence.size() == 1)
      append_ascii(out, sequence[0]);
    else
      out += sequence;
  });
  return out + '"';
}

std::string_view TimeText::format(uint64_t ns) {
  const uint64_t second = ns / 1'000'000'000;
  if (second != second_) {
    second_ = second;
    const auto time = static_cast<time_t>(second);
    std::tm utc{};
    gmtime_r(&time, &utc);
    std::strftime(text_, sizeof(text_), "%Y-%m-%dT%H:%M:%S.000000Z", &utc);
  }
  auto micros = static_cast<uint32_t>(ns / 1000 % 1'000'000);
  for (int i = 25; i >= 20; i--, micros /= 10) text_[i] = static_cast<char>('0' + micros % 10);
  return {text_, 27};
}

}  // namespace weir
