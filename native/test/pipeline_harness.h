// A pipeline under test.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <span>
#include <thread>

#include "pipeline_fixture.h"

namespace weir::test {

// Whether it comes true in time.
inline bool becomes(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

// A pipeline whose calls wait for their answer.
class TestPipeline {
 public:
  using Result = std::optional<Failure>;

  explicit TestPipeline(Graph graph)
      : from_(graph.sources.begin()->first),
        gone_until_(graph.slots, INT64_MIN),
        live_(graph.slots, INT64_MIN),
        pipeline_(std::move(graph), {[this](const Event& event) { keep(event); }, [] {}}) {}
  ~TestPipeline() { EXPECT_EQ(late_events_, 0) << "events of sources that were removed"; }

  std::future<Result> begin_stop() {
    return begin([this](auto done) { pipeline_.stop(done); });
  }
  Result start() {
    return begin([this](auto done) { pipeline_.start(done); }).get();
  }
  Result stop() { return begin_stop().get(); }
  std::future<Result> begin_add(size_t slot, const std::string& file, int64_t epoch = 1,
                                const std::string& from = "") {
    const SourceParams params{.source_template = from.empty() ? from_ : from,
                              .stream = "cam-" + std::to_string(slot),
                              .epoch = epoch,
                              .token = next_token_++,
                              .params = {{"uri", Scalar(file)}}};
    {
      std::lock_guard lock(mutex_);
      if (slot < live_.size() && epoch <= gone_until_[slot]) gone_until_[slot] = epoch - 1;
    }
    return begin([&](auto done) {
      pipeline_.add_source(slot, params, [this, slot, epoch, done](const Result& failure) {
        if (!failure) added(slot, epoch);
        done(failure);
      });
    });
  }
  std::future<Result> begin_remove(size_t slot) {
    return begin([&](auto done) {
      pipeline_.remove_source(slot, [this, slot, done](const Result& failure) {
        if (!failure) removed(slot);
        done(failure);
      });
    });
  }
  Result add(size_t slot, const std::string& file, int64_t epoch = 1, const std::string& from = "") {
    return begin_add(slot, file, epoch, from).get();
  }
  Result remove(size_t slot) { return begin_remove(slot).get(); }
  Result select(size_t slot, const Selection& selection) {
    return begin([&](auto done) { pipeline_.select(slot, selection, done); }).get();
  }
  struct Picture {
    std::optional<Failure> failure;
    Bytes bytes;
  };
  std::future<Picture> snapshot(size_t slot, std::chrono::milliseconds timeout = 10s,
                                const std::string& branch = "jpeg") {
    auto promise = std::make_shared<std::promise<Picture>>();
    pipeline_.snapshot(slot, branch, timeout, [promise](std::optional<Failure> failure, Bytes bytes) {
      promise->set_value({std::move(failure), std::move(bytes)});
    });
    return promise->get_future();
  }

  // The first event of this kind that was not taken yet; waits for it.
  std::optional<Event> next(Event::Type type) {
    std::unique_lock lock(mutex_);
    std::optional<Event> found;
    changed_.wait_for(lock, kPatience, [&] {
      for (auto it = events_.begin(); it != events_.end() && !found; ++it) {
        if (it->type != type) continue;
        found = *it;
        events_.erase(it);
        break;
      }
      return found.has_value();
    });
    return found;
  }
  // Whether one of this kind waits.
  bool has(Event::Type type) {
    std::lock_guard lock(mutex_);
    return std::any_of(events_.begin(), events_.end(), [type](const Event& e) { return e.type == type; });
  }
  size_t waiting_events() {
    std::lock_guard lock(mutex_);
    return events_.size();
  }

  double counter(size_t slot, const std::string& name) {
    return read(slot * slot_counter_names().size(), slot_counter_names(), name);
  }
  double pipeline_counter(const std::string& name) {
    return read(pipeline_.slots() * slot_counter_names().size(), pipeline_counter_names(), name);
  }
  // Access units and pictures that have not come to a known end.
  double in_flight(size_t slot) {
    double left = counter(slot, "received");
    for (const char* end :
         {"undecodable", "droppedEncoded", "decodeErrors", "droppedDecoded", "discarded", "skipped", "muxed"})
      left -= counter(slot, end);
    return left;
  }
  bool reaches(size_t slot, const std::string& name, double value) {
    return becomes([&] { return counter(slot, name) >= value; });
  }
  Pipeline& native() { return pipeline_; }

 private:
  // `names`: those of the columns from `first` on.
  double read(size_t first, std::span<const char* const> names, const std::string& name) {
    std::vector<double> row(counter_row_size(pipeline_.slots()));
    pipeline_.read_counters(row.data());
    for (size_t i = 0; i < names.size(); i++)
      if (name == names[i]) return row[first + i];
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }
  void keep(const Event& event) {
    std::lock_guard lock(mutex_);
    if (event.slot >= 0 && event.epoch <= gone_until_[event.slot]) late_events_++;
    events_.push_back(event);
    changed_.notify_all();
  }
  void added(size_t slot, int64_t epoch) {
    std::lock_guard lock(mutex_);
    live_[slot] = epoch;
  }
  void removed(size_t slot) {
    std::lock_guard lock(mutex_);
    if (slot < live_.size()) gone_until_[slot] = live_[slot];
  }
  static std::future<Result> begin(const std::function<void(Pipeline::Done)>& call) {
    auto promise = std::make_shared<std::promise<Result>>();
    call([promise](Result failure) { promise->set_value(std::move(failure)); });
    return promise->get_future();
  }

  const std::string from_;  // the only source template of the graph
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
  std::vector<int64_t> gone_until_;  // by slot: epochs of which nothing may be told any more
  std::vector<int64_t> live_;
  int late_events_ = 0;
  uint32_t next_token_ = 1;
  Pipeline pipeline_;
};

#define EXPECT_FAILURE(result, wanted_code, wanted_text)                                               \
  do {                                                                                                 \
    const std::optional<Failure> failure_ = (result);                                                  \
    ASSERT_TRUE(failure_.has_value());                                                                 \
    EXPECT_EQ(failure_->code(), wanted_code);                                                          \
    EXPECT_NE(std::string(failure_->what()).find(wanted_text), std::string::npos) << failure_->what(); \
  } while (false)

#define ASSERT_DONE(result)                                 \
  do {                                                      \
    const std::optional<Failure> failure_ = (result);       \
    ASSERT_FALSE(failure_.has_value()) << failure_->what(); \
  } while (false)

}  // namespace weir::test
