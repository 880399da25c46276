// Which source a report is about, and whether it still counts.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/breadcrumb.h"
#include "pipeline/bus_report.h"
#include "pipeline/event.h"

namespace weir {

// Outlives the source's bin; used on any thread.
class SourceIdentity : public BinOwner {
 public:
  SourceIdentity(int slot, uint32_t token, int64_t epoch, std::string supported,
                 std::shared_ptr<Reports> reports);

  // What a thread is at that works for the source.
  Work at(Stage stage) const { return {token_, static_cast<int16_t>(slot_), stage}; }

  // The first failure of a source is told, those it drags along are not.
  void fail(const ErrorReport& report);
  void report(Event event);
  // The source is being removed: nothing about it is told once this returned.
  void close();

  // The source has a stream of this kind, which no variant takes.
  void refuse(const std::string& codec);
  // A variant takes the source's stream.
  void accept() { accepted_ = true; }
  // The source delivers, or says that it will. Told once.
  void connected();
  // Tells that nothing the source has is supported, if so.
  void check_accepted();

  void on_error(const ErrorReport& report) override;
  void on_warning(const ErrorReport& report) override;
  void on_playing() override { connected(); }
  void on_pipeline_failure() override { failed_ = true; }
  void on_thread() override { work_on(at(Stage::kReceive)); }

 private:
  std::string unsupported() const;

  const int slot_;
  const uint32_t token_;
  const int64_t epoch_;
  const std::string supported_;
  const std::shared_ptr<Reports> reports_;
  std::mutex told_;  // between telling and closing
  bool closed_ = false;
  std::atomic<bool> failed_ = false;
  std::atomic<bool> connected_ = false;
  std::atomic<bool> accepted_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> refused_;
};

}  // namespace weir
