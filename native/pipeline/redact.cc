#include "pipeline/redact.h"

namespace weir {

std::string redact(std::string_view text) {
  std::string out;
  for (size_t scheme = text.find("://"); scheme != std::string_view::npos; scheme = text.find("://")) {
    const size_t start = scheme + 3;
    out += text.substr(0, start);
    text.remove_prefix(start);
    // A password may hold an unescaped @ or /: everything up to the last @ before a blank or quote goes.
    const std::string_view uri = text.substr(0, text.find_first_of(" \t\r\n\"'<>"));
    const std::string_view authority = uri.substr(0, uri.find("://"));
    if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
      out += "***";
      text.remove_prefix(at);
    }
  }
  return out += text;
}

}  // namespace weir
