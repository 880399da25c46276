// A branch attached on request to one slot's tee, for one picture.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/bus_report.h"
#include "pipeline/elements.h"
#include "pipeline/graph.h"

namespace weir {

using Bytes = std::vector<uint8_t>;

// Lives on the command thread.
class Branch {
 public:
  // Called on streaming threads; must not block.
  struct Watch {
    std::function<void()> on_sample;
    std::function<void(const std::string&)> on_error;
  };

  // Throws Failure when the template does not fit.
  Branch(const std::string& name, size_t slot, const BranchTemplate& from, Watch watch);
  ~Branch();
  Branch(const Branch&) = delete;
  Branch& operator=(const Branch&) = delete;

  // Pictures flow from here on. Throws Failure; what was done is undone by the destructor.
  void attach(GstElement* pipeline, GstElement* tee);
  std::optional<Bytes> take_sample();

 private:
  void prepare_sink(Watch& watch);
  void detach();

  ElementPtr bin_;
  Elements elements_;
  GstPad* entry_ = nullptr;
  GstElement* exit_ = nullptr;
  ElementPtr pipeline_;
  ElementPtr tee_;
  PadPtr tee_pad_;
};

}  // namespace weir
