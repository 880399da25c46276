// Takes one source out of the running pipeline, step by step. No step keeps the command thread waiting.
#pragma once

#include <gst/gst.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pipeline/command_queue.h"
#include "pipeline/failure.h"
#include "pipeline/helpers.h"
#include "pipeline/shared.h"
#include "pipeline/source.h"

namespace weir {

// Lives on the command thread.
class Removal : public std::enable_shared_from_this<Removal> {
 public:
  // DEADLINE when a step hangs: what it hangs in is left alone.
  using Ended = std::function<void(const std::optional<Failure>&)>;

  // What all removals of a pipeline use. The helpers outlive the queue's last task.
  struct Surroundings {
    GstElement* pipeline;
    GstElement* mux;
    std::shared_ptr<Shared> shared;
    std::shared_ptr<CommandQueue> queue;
    Helpers& helpers;
  };

  Removal(const Surroundings& in, size_t slot, std::shared_ptr<Source> source, Ended ended);

  // Nothing is told of the source from here on.
  void start();
  // No further step is taken, and `ended` is not called.
  void cancel();

 private:
  using Next = void (Removal::*)();

  void stop_source();
  void end_stream();
  void release();
  void end();
  // A step of its own number: `done_with` leads on from it, its deadline to the end.
  int begin_step(std::chrono::milliseconds deadline, const std::string& too_late);
  Helpers::Task done_with(int step, Next next);
  void run(int step, Helpers::Task work, Next next);
  void miss(int step, const std::string& too_late);

  const Surroundings in_;
  const size_t slot_;
  std::shared_ptr<Source> source_;
  std::shared_ptr<GstPad> mux_pad_;
  Ended ended_;
  int step_ = 0;
};

}  // namespace weir
