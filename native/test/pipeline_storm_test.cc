// Sources that come and go at random beside some that stay.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "pipeline/live_objects.h"
#include "pipeline_harness.h"

namespace weir::test {

namespace {

constexpr size_t kSlots = 64;
constexpr size_t kUntouched = 8;

int number_of(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : otherwise;
}

size_t entries_of(const char* folder) {
  const auto list = std::filesystem::directory_iterator(folder);
  return static_cast<size_t>(std::distance(begin(list), end(list)));
}

struct Resources {
  size_t threads = entries_of("/proc/self/task");
  size_t files = entries_of("/proc/self/fd");
};

// The largest gap between frames of the untouched streams, looked at every millisecond.
class GapWatch {
 public:
  explicit GapWatch(TestPipeline& pipeline) : pipeline_(pipeline), thread_([this] { watch(); }) {}
  ~GapWatch() { stop(); }
  double stop() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    return largest_;
  }

 private:
  void watch() {
    std::vector<double> row(counter_row_size(kSlots));
    const auto names = slot_counter_names();
    const size_t column =
        std::find(names.begin(), names.end(), std::string_view("lastFrameAgeMs")) - names.begin();
    while (!done_) {
      pipeline_.native().read_counters(row.data());
      for (size_t slot = 0; slot < kUntouched; slot++)
        largest_ = std::max(largest_, row[slot * names.size() + column]);
      std::this_thread::sleep_for(1ms);
    }
  }

  TestPipeline& pipeline_;
  std::atomic<bool> done_ = false;
  double largest_ = 0;
  std::thread thread_;
};

class Storm {
 public:
  Storm(TestPipeline& pipeline, unsigned seed) : pipeline_(pipeline), random_(seed) {}

  // Without waiting for one to end before the next begins.
  void run(int operations) {
    for (int i = 0; i < operations; i++) {
      operate();
      if (below(4) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(below(8)));
    }
    settle();
  }
  int added() const { return added_; }
  int refused() const { return refused_; }

 private:
  struct Adding {
    std::future<TestPipeline::Result> result;
    size_t slot;
  };

  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  void operate() {
    const size_t slot = kUntouched + below(kSlots - kUntouched);
    if (below(2) == 0)
      adding_.push_back({pipeline_.begin_add(slot, "0", next_epoch_++), slot});
    else
      removing_.push_back(pipeline_.begin_remove(slot));
    if (adding_.size() + removing_.size() > 100) settle();
  }

  void settle() {
    for (auto& removal : removing_) {
      const auto failure = removal.get();
      EXPECT_FALSE(failure) << failure->what();
    }
    for (Adding& adding : adding_) {
      const auto failure = adding.result.get();
      failure ? refused_++ : added_++;
      EXPECT_TRUE(!failure || failure->code() == "SLOT_BUSY") << failure->what();
    }
    removing_.clear();
    adding_.clear();
  }

  TestPipeline& pipeline_;
  std::mt19937 random_;
  int64_t next_epoch_ = 1000;
  std::vector<Adding> adding_;
  std::vector<std::future<TestPipeline::Result>> removing_;
  int added_ = 0;
  int refused_ = 0;
};

void remove_all(TestPipeline& pipeline, size_t from) {
  std::vector<std::future<TestPipeline::Result>> removals;
  for (size_t slot = from; slot < kSlots; slot++) removals.push_back(pipeline.begin_remove(slot));
  for (auto& removal : removals) ASSERT_DONE(removal.get());
}

// Threads that GStreamer keeps for the next to come would blur the count.
void keep_no_spare_threads() {
  g_thread_pool_set_max_unused_threads(0);
  g_thread_pool_stop_unused_threads();
}

TEST(PipelineStorm, OfSourcesThatComeAndGoLeavesTheOthersAlone) {
  const auto seed = static_cast<unsigned>(number_of("WEIR_SEED", 20261122));
  const int operations = number_of("WEIR_OPERATIONS", 800);
  keep_no_spare_threads();
  TestPipeline pipeline(picture_graph(kSlots));
  ASSERT_DONE(pipeline.start());
  // What is made once and kept, by us or by GStreamer, is made here.
  Storm storm(pipeline, seed);
  storm.run(100);
  remove_all(pipeline, 0);
  live_objects();
  for (size_t slot = 0; slot < kUntouched; slot++) ASSERT_DONE(pipeline.add(slot, "18"));
  for (size_t slot = 0; slot < kUntouched; slot++) ASSERT_TRUE(pipeline.reaches(slot, "frames", 5));
  ASSERT_TRUE(becomes([&] { return Resources().threads <= 2 + 2 + 3 * kUntouched + 4; }));
  const Resources before;

  GapWatch calm(pipeline);
  const double frames = pipeline.counter(0, "frames");
  ASSERT_TRUE(pipeline.reaches(0, "frames", frames + 30));
  const double calm_gap = calm.stop();
  GapWatch stormy(pipeline);
  storm.run(operations);
  const double storm_gap = stormy.stop();
  remove_all(pipeline, kUntouched);

  std::cout << "seed " << seed << ": " << operations << " operations, " << storm.added() << " added, "
            << storm.refused() << " refused as busy; largest gap of untouched streams " << storm_gap
            << " ms, without operations " << calm_gap << " ms\n";
  EXPECT_GT(storm.added(), operations / 8);
  for (size_t slot = kUntouched; slot < kSlots; slot++) EXPECT_EQ(pipeline.in_flight(slot), 0) << slot;
  for (size_t slot = 0; slot < kUntouched; slot++) {
    EXPECT_EQ(pipeline.counter(slot, "discarded"), 0);
    const double now = pipeline.counter(slot, "frames");
    EXPECT_TRUE(pipeline.reaches(slot, "frames", now + 3));
  }
  EXPECT_TRUE(becomes([&] { return Resources().threads <= before.threads; })) << Resources().threads;
  EXPECT_LE(Resources().files, before.files);
  remove_all(pipeline, 0);
  // The tracer's account of a running pipeline is off by a few; what is lost with every source adds up.
  if (const auto live = live_objects()) {
    std::cout << live->size() << " live objects\n";
    EXPECT_LT(static_cast<int>(live->size()), storm.added() / 2);
  }
}

}  // namespace
}  // namespace weir::test
