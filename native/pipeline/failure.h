// What goes wrong on request: a code for programs, a message for people.
#pragma once

#include <stdexcept>
#include <string>

namespace weir {

class Failure : public std::runtime_error {
 public:
  Failure(std::string code, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

// Codes; src/native/types.ts lists them with their meaning.
namespace code {
inline constexpr char kArgument[] = "BAD_ARGUMENT";
inline constexpr char kElement[] = "ELEMENT_MISSING";
inline constexpr char kGraph[] = "GRAPH_INVALID";
inline constexpr char kProvider[] = "NATIVE_MISSING";
inline constexpr char kStart[] = "START_FAILED";
inline constexpr char kNotRunning[] = "NOT_RUNNING";
inline constexpr char kSlotBusy[] = "SLOT_BUSY";
inline constexpr char kSlotEmpty[] = "SLOT_EMPTY";
inline constexpr char kDeadline[] = "DEADLINE";
inline constexpr char kTimeout[] = "TIMEOUT";
inline constexpr char kBranch[] = "BRANCH_FAILED";
inline constexpr char kStopped[] = "STOPPED";
}  // namespace code

}  // namespace weir
