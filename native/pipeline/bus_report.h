// Bus messages → reports in the field's words, attributed to whoever owns the bin they come from.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

namespace weir {

struct ErrorReport {
  std::string cause;
  int status = 0;
  std::string message;
  std::string element;  // whose report it is
};

// Answers for the elements of one bin. Called on any thread, streaming threads among them.
class BinOwner {
 public:
  virtual ~BinOwner() = default;
  virtual void on_error(const ErrorReport& report) = 0;
  virtual void on_warning(const ErrorReport& report) = 0;
  // A camera agreed to send.
  virtual void on_playing() {}
  // It met a failure that is the pipeline's: what its elements say after that follows from it.
  virtual void on_pipeline_failure() {}
  // The calling thread works for the bin's elements from now on.
  virtual void on_thread() {}
};

// The bin keeps its owner alive.
void set_owner(GstElement* bin, std::shared_ptr<BinOwner> owner);

// Watches the pipeline's bus in the threads that post; `host` answers for what no bin's owner does, and for
// failures of the GPU, whoever meets them. Every message ends here. Lasts until clear_bus().
void watch_bus(GstElement* pipeline, std::shared_ptr<BinOwner> host);
void clear_bus(GstElement* pipeline);

ErrorReport describe_error(const GError& error, const char* debug, const GstStructure* details);

}  // namespace weir
