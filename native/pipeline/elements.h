// Makes, configures and links the elements of one bin from graph data.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pipeline/graph.h"
#include "pipeline/gst_util.h"

namespace weir {

// The pad of this name, requested if it is a request pad; GST_PAD_UNKNOWN takes either direction. Throws
// Failure GRAPH_INVALID.
PadPtr pad_of(GstElement* element, const PadName& name, GstPadDirection direction);

// Throws Failure GRAPH_INVALID with what either side could have taken.
void link_pads(GstPad* from, GstPad* to, const std::string& what);

// Elements by node id. They belong to the bin; the set must not outlive it.
class Elements {
 public:
  // Names of elements get the prefix; holes are filled from `params`.
  Elements(GstBin* bin, std::string prefix, const Params* params)
      : bin_(bin), prefix_(std::move(prefix)), params_(params) {}

  // Throws Failure ELEMENT_MISSING or GRAPH_INVALID. What was added before stays in the bin.
  void add(const std::vector<Node>& nodes);
  void link(const std::vector<Link>& links);
  // Throws Failure GRAPH_INVALID.
  GstElement* at(const std::string& id) const;
  PadPtr pad(const PadName& name, GstPadDirection direction) const;

 private:
  GstElement* make(const Node& node) const;

  GstBin* bin_;
  std::string prefix_;
  const Params* params_;
  std::map<std::string, GstElement*> elements_;
};

}  // namespace weir
