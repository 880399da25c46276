#include <map>
#include <set>

#include "pipeline_elements.h"
#include "pipeline_harness.h"
#include "tracker_fixture.h"

namespace weir::test {

namespace {

using Pending = std::future<TestPipeline::Result>;

bool is_done(const Pending& pending) { return pending.wait_for(0s) == std::future_status::ready; }

// Sources of slots that are told so stop only when the gate is open.
Graph hanging_graph(size_t slots) {
  register_hang();
  Graph g = picture_graph(slots);
  g.sources["picture"].nodes.push_back(node("hang", "weirhang"));
  return g;
}

struct OpenGate {
  ~OpenGate() { hang_gate().open(); }
};

TEST(PipelineRemoval, ThatHangsHoldsUpNothingElse) {
  const OpenGate open_at_end;
  TestPipeline pipeline(hanging_graph(3));
  ASSERT_DONE(pipeline.start());
  for (size_t slot : {0, 1}) {
    ASSERT_DONE(pipeline.add(slot, "0"));
    ASSERT_TRUE(pipeline.reaches(slot, "frames", 2));
  }
  hang_gate().shut();
  Pending hanging = pipeline.begin_remove(0);
  ASSERT_TRUE(hang_gate().await_waiting(1));
  ASSERT_DONE(pipeline.add(2, "0"));
  EXPECT_FAILURE(pipeline.snapshot(0).get().failure, "SLOT_EMPTY", "slot 0");
  const double before = pipeline.counter(1, "frames");
  EXPECT_TRUE(pipeline.reaches(1, "frames", before + 3));
  EXPECT_TRUE(pipeline.reaches(2, "frames", 3));
  EXPECT_FALSE(is_done(hanging));
  hang_gate().open();
  ASSERT_DONE(hanging.get());
  ASSERT_DONE(pipeline.add(0, "0"));
}

TEST(PipelineRemoval, KeepsTheSlotBusyAndIsJoinedByASecondOne) {
  const OpenGate open_at_end;
  TestPipeline pipeline(hanging_graph(2));
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, "0"));
  hang_gate().shut();
  std::vector<Pending> removals;
  for (int i = 0; i < 3; i++) removals.push_back(pipeline.begin_remove(0));
  EXPECT_FAILURE(pipeline.add(0, "0", 2), "SLOT_BUSY", "slot 0 has a source that is being removed");
  for (const Pending& removal : removals) EXPECT_FALSE(is_done(removal));
  hang_gate().open();
  for (Pending& removal : removals) ASSERT_DONE(removal.get());
  ASSERT_DONE(pipeline.remove(0));
  ASSERT_DONE(pipeline.add(0, "0", 2));
}

TEST(PipelineRemoval, ThatMissesItsDeadlineLeavesOthersToTheirEnd) {
  const OpenGate open_at_end;
  TestPipeline pipeline(hanging_graph(2));
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, "0"));
  hang_gate().shut();
  EXPECT_FAILURE(pipeline.remove(0), "DEADLINE", "slot 0: the source does not stop within 5 s");
  EXPECT_FAILURE(pipeline.add(1, "0"), "DEADLINE", "only a new process helps");
  EXPECT_FAILURE(pipeline.remove(0), "DEADLINE", "only a new process helps");
  hang_gate().open();
  ASSERT_DONE(pipeline.stop());
  EXPECT_EQ(pipeline.in_flight(0), 0);
}

TEST(PipelineRemoval, EndsWithThePipelineThatStopsMeanwhile) {
  const OpenGate open_at_end;
  TestPipeline pipeline(hanging_graph(8));
  ASSERT_DONE(pipeline.start());
  for (size_t slot = 0; slot < 8; slot++) ASSERT_DONE(pipeline.add(slot, "0"));
  ASSERT_TRUE(pipeline.reaches(7, "frames", 2));
  hang_gate().shut();
  std::vector<Pending> removals;
  for (size_t slot = 0; slot < 8; slot += 2) removals.push_back(pipeline.begin_remove(slot));
  Pending stop = pipeline.begin_stop();
  ASSERT_TRUE(hang_gate().await_waiting(8));  // stopped all at once, whether removed or not
  hang_gate().open();
  ASSERT_DONE(stop.get());
  for (Pending& removal : removals) ASSERT_DONE(removal.get());
  for (size_t slot = 0; slot < 8; slot++) EXPECT_EQ(pipeline.in_flight(slot), 0);
}

TEST(PipelineRemoval, OfManyAtOnceWhileThePipelineStopsAtAnyMoment) {
  for (int round = 0; round < 20; round++) {
    TestPipeline pipeline(picture_graph(16));
    ASSERT_DONE(pipeline.start());
    for (size_t slot = 0; slot < 16; slot++) ASSERT_DONE(pipeline.add(slot, "0"));
    if (round % 2 == 0) {
      ASSERT_TRUE(pipeline.reaches(15, "frames", 1));
    }
    std::vector<Pending> removals;
    for (size_t slot = 0; slot < 16; slot++) removals.push_back(pipeline.begin_remove(slot));
    for (int i = 0; i < round / 2; i++) removals[i].wait();
    ASSERT_DONE(pipeline.stop());
    for (Pending& removal : removals) ASSERT_DONE(removal.get());
    for (size_t slot = 0; slot < 16; slot++) EXPECT_EQ(pipeline.in_flight(slot), 0);
  }
}

TEST(PipelineRemoval, IsToldWhenNothingOfTheSourceIsLeft) {
  TestPipeline pipeline(hanging_graph(1));
  ASSERT_DONE(pipeline.start());
  for (int epoch = 1; epoch <= 50; epoch++) {
    ASSERT_DONE(pipeline.add(0, "0", epoch));
    EXPECT_EQ(hang_count(), 1);
    std::promise<int> left;
    pipeline.native().remove_source(0, [&](const auto&) { left.set_value(hang_count()); });
    EXPECT_EQ(left.get_future().get(), 0);
  }
}

// One object in the same place of every picture, tracked.
Graph tracked_graph(size_t slots, tracker_test::TempFile& config) {
  register_detect();
  Graph g = picture_graph(slots, 30);
  g.nodes.push_back(node("detector", "weirdetect"));
  g.nodes.push_back(
      node("tracker", "nvtracker",
           {{"ll-lib-file", text(tracker_test::library_path())}, {"ll-config-file", text(config.path())}}));
  g.links[0] = {{"mux", ""}, {"detector", ""}};
  g.links.push_back({{"detector", ""}, {"tracker", ""}});
  g.links.push_back({{"tracker", ""}, {"split", ""}});
  g.metadata = {"tracker", "src"};
  g.detector = "detector";
  return g;
}

std::string id_in(std::string_view message) {
  constexpr std::string_view kKey = R"("id":")";
  const size_t at = message.find(kKey);
  if (at == std::string_view::npos) return "";
  message.remove_prefix(at + kKey.size());
  return std::string(message.substr(0, message.find('"')));
}

// Track ids by token of all messages in the ring, which it empties.
void collect_ids(BatchRing& ring, std::map<uint32_t, std::set<std::string>>& ids) {
  while (const Batch* batch = ring.take()) {
    for (const Batch::Message& message : batch->messages) {
      const std::string id = id_in(batch->bytes.text().substr(message.offset, message.length));
      if (!id.empty()) ids[message.token].insert(id);
    }
    ring.release(batch->id);
  }
}

TEST(PipelineRemoval, LeavesNoTrackToTheNextSourceOfTheSlot) {
  tracker_test::TempFile config(tracker_test::with("probationAge", "0"));
  TestPipeline pipeline(tracked_graph(2, config));
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(1, "0"));  // token 1 stays
  std::map<uint32_t, std::set<std::string>> ids;
  constexpr uint32_t kLast = 6;
  for (uint32_t token = 2; token <= kLast; token++) {
    ASSERT_DONE(pipeline.add(0, "0", token));
    ASSERT_TRUE(becomes([&] {
      collect_ids(pipeline.native().ring(), ids);
      return !ids[token].empty();
    }));
    ASSERT_DONE(pipeline.remove(0));
  }
  ASSERT_DONE(pipeline.stop());
  collect_ids(pipeline.native().ring(), ids);
  std::set<std::string> all;
  for (uint32_t token = 1; token <= kLast; token++) {
    EXPECT_EQ(ids[token].size(), 1u) << "token " << token;
    all.merge(ids[token]);
  }
  EXPECT_EQ(all.size(), kLast);
  EXPECT_GT(pipeline.pipeline_counter("detectorBatches"), 0);
  EXPECT_GT(pipeline.pipeline_counter("detectorUs"), 0);
}

}  // namespace
}  // namespace weir::test
