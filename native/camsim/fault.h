#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace YAML {
class Node;
}

namespace camsim {

struct FaultSite;
struct Fault;

/** One value a kind of fault takes. */
struct FaultParameter {
  enum class Type { kNumber, kFlag, kText };

  const char* name;
  Type type;
  const char* help;
  bool required = false;
  double least = 0;
  double most = 0;
};

/** One row of the table in fault_kinds.cc. */
struct FaultKind {
  const char* name;
  const char* help;
  std::vector<FaultParameter> parameters;
  /** Throws std::runtime_error when it cannot be done; then nothing has changed. */
  void (*begin)(const FaultSite&, const Fault&) = nullptr;
  /** Null: nothing lasts. */
  void (*end)(const FaultSite&) = nullptr;
  /** Null, or done each `everySeconds`. */
  void (*again)(const FaultSite&) = nullptr;
  bool needs_link = false;
};

const std::vector<FaultKind>& FaultKinds();

/** A kind with its values. */
struct Fault {
  const FaultKind* kind = nullptr;
  std::map<std::string, std::variant<double, bool, std::string>> values;

  double Number(const std::string& name, double otherwise = 0) const;
  bool Flag(const std::string& name) const;
  std::string Text(const std::string& name) const;
  bool Has(const std::string& name) const { return values.contains(name); }
  /** `{"kind":…}` with its values. */
  std::string Json() const;
};

/** From a request's JSON; "op" and "camera" are left to others. Throws std::runtime_error saying what is
 * wrong. */
Fault ParseFault(const YAML::Node& request);

/** The table, for --help. */
std::string FaultHelp();

}  // namespace camsim
