// Answers for what belongs to no source and no branch.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "pipeline/breadcrumb.h"
#include "pipeline/bus_report.h"
#include "pipeline/event.h"

namespace weir {

class PipelineOwner : public BinOwner {
 public:
  explicit PipelineOwner(std::shared_ptr<Reports> reports) : reports_(std::move(reports)) {}

  void on_error(const ErrorReport& error) override {
    const std::string message = error.element + ": " + error.message;
    {
      std::lock_guard lock(mutex_);
      if (first_error_.empty()) first_error_ = message;
    }
    if (playing_)
      reports_->emit({.type = Event::Type::kPipelineError, .cause = "pipeline", .message = message});
  }
  void on_warning(const ErrorReport& warning) override {
    if (playing_)
      reports_->emit({.type = Event::Type::kWarning, .message = warning.element + ": " + warning.message});
  }
  void on_thread() override { work_on({.stage = Stage::kPipeline}); }

  void now_playing() { playing_ = true; }
  std::string first_error() const {
    std::lock_guard lock(mutex_);
    return first_error_;
  }

 private:
  const std::shared_ptr<Reports> reports_;
  std::atomic<bool> playing_ = false;
  mutable std::mutex mutex_;
  std::string first_error_;
};

}  // namespace weir
