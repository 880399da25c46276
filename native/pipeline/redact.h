// Takes credentials out of texts that leave the process.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// Replaces the userinfo of every URI in the text by `***`.
std::string redact(std::string_view text);

}  // namespace weir
