#include "pipeline/shared.h"

namespace weir {
namespace {

double number_prop(const Node& node, const std::string& name) {
  for (const auto& [key, value] : node.props) {
    if (key != name) continue;
    const auto* scalar = std::get_if<Scalar>(&value);
    if (scalar == nullptr) break;
    if (const auto* number = std::get_if<double>(scalar)) return *number;
    if (const auto* flag = std::get_if<bool>(scalar)) return *flag ? 1 : 0;
  }
  return 0;
}

}  // namespace

Canvas canvas_of(const Graph& graph) {
  for (const Node& node : graph.nodes)
    if (node.id == graph.mux)
      return {static_cast<int>(number_prop(node, "width")), static_cast<int>(number_prop(node, "height")),
              number_prop(node, "enable-padding") != 0};
  return {};
}

}  // namespace weir
