#include "pipeline_harness.h"

namespace weir::test {

namespace {

std::string h264(int frames = 300) { return video_file("x264enc", frames); }

TEST(PipelineSnapshot, GivesPicturesOfSeveralSlotsAtOnce) {
  TestPipeline pipeline(graph(2));
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, h264()));
  ASSERT_DONE(pipeline.add(1, h264()));
  for (int round = 0; round < 5; round++) {
    std::vector<std::future<TestPipeline::Picture>> pictures;
    for (size_t slot : {0, 1, 0}) pictures.push_back(pipeline.snapshot(slot));
    for (auto& pending : pictures) {
      const TestPipeline::Picture picture = pending.get();
      ASSERT_FALSE(picture.failure) << picture.failure->what();
      ASSERT_GT(picture.bytes.size(), 4u);
      EXPECT_EQ(picture.bytes[0], 0xFF);
      EXPECT_EQ(picture.bytes[1], 0xD8);
    }
  }
  const double before = pipeline.counter(0, "frames");
  EXPECT_TRUE(pipeline.reaches(0, "frames", before + 5));
}

TEST(PipelineSnapshot, SaysWhyThereIsNone) {
  Graph g = graph(2);
  g.branches["broken"] = jpeg_branch();
  g.branches["broken"].nodes[2].element = "nvnoencoder";
  TestPipeline pipeline(g);
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, "/nonexistent.mkv"));
  EXPECT_FAILURE(pipeline.snapshot(1).get().failure, "SLOT_EMPTY", "slot 1");
  EXPECT_FAILURE(pipeline.snapshot(0, 50ms).get().failure, "TIMEOUT", "slot 0 gave no picture within 50 ms");
  EXPECT_FAILURE(pipeline.snapshot(0, 50ms, "broken").get().failure, "ELEMENT_MISSING", "nvnoencoder");
  EXPECT_FAILURE(pipeline.snapshot(0, 50ms, "film").get().failure, "BAD_ARGUMENT", "\"film\"");
  EXPECT_FAILURE(pipeline.snapshot(5).get().failure, "BAD_ARGUMENT", "slot is 5");
}

TEST(PipelineSnapshot, SurvivesTheRemovalOfItsSource) {
  TestPipeline pipeline(graph(1));
  ASSERT_DONE(pipeline.start());
  for (int epoch = 1; epoch <= 5; epoch++) {
    ASSERT_DONE(pipeline.add(0, h264(), epoch));
    ASSERT_TRUE(pipeline.next(Event::Type::kFirstFrame));
    auto picture = pipeline.snapshot(0, 200ms);
    ASSERT_DONE(pipeline.remove(0));
    const auto failure = picture.get().failure;
    EXPECT_TRUE(!failure || failure->code() == "TIMEOUT") << failure->what();
  }
}

}  // namespace
}  // namespace weir::test
