#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace camsim {

/** A JSON string. */
std::string Quote(std::string_view text);
/** A JSON number, as short as it can be without loss, and without an exponent. */
std::string Number(double number);

template <typename List, typename Write>
void WriteArray(std::ostream& out, const List& list, Write write) {
  out << '[';
  const char* separator = "";
  for (const auto& item : list) {
    out << separator;
    write(item);
    separator = ",";
  }
  out << ']';
}

}  // namespace camsim
