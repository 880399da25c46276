#include "fault.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "json.h"

namespace camsim {
namespace {

using Type = FaultParameter::Type;
using Value = std::variant<double, bool, std::string>;

/** Every fault that lasts may end by itself, unless its kind has another use for the word. */
const FaultParameter kDuration{"seconds", Type::kNumber, "then it ends by itself", false, 0, 1e6};

std::string Expected(const FaultParameter& parameter) {
  if (parameter.type == Type::kFlag) return "true or false";
  if (parameter.type == Type::kText) return "a string";
  return "a number from " + Number(parameter.least) + " to " + Number(parameter.most);
}

Value Read(const YAML::Node& node, const FaultParameter& parameter) {
  try {
    if (parameter.type == Type::kFlag) return node.as<bool>();
    if (parameter.type == Type::kText) return node.as<std::string>();
    const auto number = node.as<double>();
    if (std::isfinite(number) && number >= parameter.least && number <= parameter.most) return number;
  } catch (const YAML::Exception&) {
  }
  throw std::runtime_error(std::string("\"") + parameter.name + "\": expected " + Expected(parameter));
}

const FaultKind& Kind(const YAML::Node& request) {
  const auto name = request["kind"] ? request["kind"].as<std::string>() : "";
  std::string names;
  for (const auto& kind : FaultKinds()) {
    if (name == kind.name) return kind;
    names += names.empty() ? "" : ", ";
    names += kind.name;
  }
  throw std::runtime_error("unknown kind \"" + name + "\"; expected one of " + names);
}

const FaultParameter& Parameter(const FaultKind& kind, const std::string& name) {
  const auto found = std::find_if(kind.parameters.begin(), kind.parameters.end(),
                                  [&](const FaultParameter& parameter) { return name == parameter.name; });
  if (found != kind.parameters.end()) return *found;
  if (name == kDuration.name && kind.end) return kDuration;
  throw std::runtime_error(std::string(kind.name) + ": unknown value \"" + name + "\"");
}

template <typename T>
T Get(const Fault& fault, const std::string& name, T otherwise) {
  const auto found = fault.values.find(name);
  return found == fault.values.end() ? otherwise : std::get<T>(found->second);
}

}  // namespace

double Fault::Number(const std::string& name, double otherwise) const { return Get(*this, name, otherwise); }
bool Fault::Flag(const std::string& name) const { return Get(*this, name, false); }
std::string Fault::Text(const std::string& name) const { return Get(*this, name, std::string()); }

std::string Fault::Json() const {
  std::ostringstream out;
  out << R"({"kind":)" << Quote(kind->name);
  for (const auto& [name, value] : values) {
    out << ',' << Quote(name) << ':';
    if (const auto* text = std::get_if<std::string>(&value)) out << Quote(*text);
    if (const auto* flag = std::get_if<bool>(&value)) out << (*flag ? "true" : "false");
    if (const auto* number = std::get_if<double>(&value)) out << camsim::Number(*number);
  }
  out << '}';
  return out.str();
}

Fault ParseFault(const YAML::Node& request) {
  Fault fault{&Kind(request), {}};
  for (const auto& entry : request) {
    const auto name = entry.first.as<std::string>();
    if (name == "op" || name == "camera" || name == "kind") continue;
    fault.values[name] = Read(entry.second, Parameter(*fault.kind, name));
  }
  for (const auto& parameter : fault.kind->parameters) {
    if (!parameter.required || fault.Has(parameter.name)) continue;
    throw std::runtime_error(std::string(fault.kind->name) + ": \"" + parameter.name +
                             "\" is missing; expected " + Expected(parameter));
  }
  return fault;
}

std::string FaultHelp() {
  std::ostringstream out;
  for (const auto& kind : FaultKinds()) {
    out << "  " << kind.name << ": " << kind.help << (kind.needs_link ? " (with ownPort)" : "") << "\n";
    for (const auto& parameter : kind.parameters) {
      out << "      " << parameter.name << (parameter.required ? ": " : "?: ") << Expected(parameter)
          << (*parameter.help ? "; " : "") << parameter.help << "\n";
    }
  }
  return out.str();
}

}  // namespace camsim
