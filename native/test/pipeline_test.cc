#include <gst/gst.h>
#include <unistd.h>

#include <map>

#include "pipeline_harness.h"

namespace weir::test {

namespace {

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("weir-pipeline-test-" + std::to_string(getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

void run_to_end(const std::string& description) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(description.c_str(), &error);
  ASSERT_EQ(error, nullptr) << error->message;
  GstBus* bus = gst_element_get_bus(pipeline);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  constexpr int kEnds = GST_MESSAGE_EOS | GST_MESSAGE_ERROR;
  GstMessage* message = gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, static_cast<GstMessageType>(kEnds));
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(GST_MESSAGE_TYPE(message), GST_MESSAGE_EOS);
  gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
}

}  // namespace

std::string video_file(const std::string& encoder, int frames) {
  static const Folder folder;
  const std::filesystem::path file = folder.path / (encoder + std::to_string(frames) + ".mkv");
  if (std::filesystem::exists(file)) return file;
  const std::string settings =
      encoder == "x264enc" ? " tune=zerolatency speed-preset=ultrafast key-int-max=15" : "";
  run_to_end("videotestsrc num-buffers=" + std::to_string(frames) +
             " ! video/x-raw,format=I420,width=320,height=240,framerate=30/1 ! " + encoder + settings +
             " ! matroskamux ! filesink location=" + file.string());
  return file;
}

namespace {

std::string h264(int frames = 300) { return video_file("x264enc", frames); }

TEST(PipelineLife, StopsTwiceAndFromAnyState) {
  TestPipeline fresh(graph(1));
  ASSERT_DONE(fresh.stop());
  ASSERT_DONE(fresh.stop());
  EXPECT_FAILURE(fresh.start(), "STOPPED", "stopped");

  TestPipeline running(graph(1));
  ASSERT_DONE(running.start());
  EXPECT_FAILURE(running.start(), "START_FAILED", "already");
  ASSERT_DONE(running.add(0, h264()));
  ASSERT_DONE(running.stop());
  ASSERT_DONE(running.stop());
  ASSERT_DONE(running.remove(0));
  EXPECT_FAILURE(running.add(0, h264()), "STOPPED", "stopped");
  EXPECT_EQ(running.snapshot(0).get().failure->code(), "STOPPED");
  EXPECT_EQ(running.in_flight(0), 0);
}

TEST(PipelineLife, AnswersEverythingThatWaitsWhenItStops) {
  TestPipeline pipeline(graph(1));
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, "/nonexistent.mkv"));
  auto picture = pipeline.snapshot(0);
  std::promise<std::optional<Failure>> late;
  std::promise<std::optional<Failure>> stopped;
  pipeline.native().stop([&](auto failure) { stopped.set_value(failure); });
  pipeline.native().start([&](auto failure) { late.set_value(failure); });
  EXPECT_EQ(picture.get().failure->code(), "STOPPED");
  ASSERT_DONE(stopped.get_future().get());
  EXPECT_EQ(late.get_future().get()->code(), "STOPPED");
}

TEST(PipelineLife, RefusesWhatItCannotDoYet) {
  TestPipeline pipeline(graph(2));
  EXPECT_FAILURE(pipeline.add(0, h264()), "NOT_RUNNING", "not started");
  ASSERT_DONE(pipeline.start());
  EXPECT_FAILURE(pipeline.add(2, h264()), "BAD_ARGUMENT", "slot is 2, expected 0 to 1");
  EXPECT_FAILURE(pipeline.add(0, h264(), 1, "tape"), "BAD_ARGUMENT", "no source template \"tape\"");
  ASSERT_DONE(pipeline.add(0, h264()));
  EXPECT_FAILURE(pipeline.add(0, h264()), "SLOT_BUSY", "slot 0");
  ASSERT_DONE(pipeline.remove(1));
}

TEST(PipelineSource, TellsFormatFirstFrameAndEndUnderSlotAndEpoch) {
  TestPipeline pipeline(graph(2));
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(1, h264(20), 7));
  const auto connected = pipeline.next(Event::Type::kConnected);
  ASSERT_TRUE(connected);
  EXPECT_EQ(connected->slot, 1);
  EXPECT_EQ(connected->epoch, 7);
  const auto format = pipeline.next(Event::Type::kSourceFormat);
  ASSERT_TRUE(format);
  EXPECT_EQ(format->slot, 1);
  EXPECT_EQ(format->epoch, 7);
  EXPECT_EQ(format->codec, "H264");
  EXPECT_EQ(format->width, 320);
  EXPECT_EQ(format->height, 240);
  EXPECT_EQ(format->fps, 30);
  const auto first = pipeline.next(Event::Type::kFirstFrame);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->slot, 1);
  EXPECT_EQ(first->epoch, 7);
  const auto end = pipeline.next(Event::Type::kSourceError);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->cause, "eos");
  EXPECT_EQ(end->slot, 1);
  EXPECT_EQ(end->epoch, 7);
  EXPECT_EQ(pipeline.waiting_events(), 0u);
}

TEST(PipelineSource, LetsEveryFrameOfAPacedFileThrough) {
  TestPipeline pipeline(graph(1));
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, h264(45)));
  ASSERT_EQ(pipeline.next(Event::Type::kSourceError)->cause, "eos");
  ASSERT_TRUE(pipeline.reaches(0, "frames", 45 - pipeline.counter(0, "droppedDecoded")));
  EXPECT_EQ(pipeline.counter(0, "received"), 45);
  EXPECT_EQ(pipeline.counter(0, "decoded"), 45);
  EXPECT_EQ(pipeline.counter(0, "decodeErrors"), 0);
  EXPECT_EQ(pipeline.in_flight(0), 0);
  EXPECT_GT(pipeline.counter(0, "receivedBytes"), 0);
  EXPECT_GE(pipeline.counter(0, "lastFrameAgeMs"), 0);
}

TEST(PipelineSource, ReportsAMissingFileAndIsRemovedAllTheSame) {
  TestPipeline pipeline(graph(1));
  ASSERT_DONE(pipeline.start());
  for (int epoch = 1; epoch <= 3; epoch++) {
    ASSERT_DONE(pipeline.add(0, "/nonexistent.mkv", epoch));
    const auto error = pipeline.next(Event::Type::kSourceError);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->cause, "not-found");
    EXPECT_EQ(error->epoch, epoch);
    ASSERT_DONE(pipeline.remove(0));
  }
  EXPECT_EQ(pipeline.waiting_events(), 0u);
}

TEST(PipelineSource, NamesTheCodecItCannotTakeAndThoseItCan) {
  TestPipeline pipeline(graph(1));
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, video_file("vp8enc", 5)));
  const auto error = pipeline.next(Event::Type::kSourceError);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->cause, "codec");
  EXPECT_EQ(error->message, "the source has video/x-vp8; supported is H264");
  ASSERT_DONE(pipeline.remove(0));
}

TEST(PipelineSource, TellsThatADecoderIsMissing) {
  Graph g = graph(1);
  for (Node& n : g.sources["file"].variants[0].nodes)
    if (n.id == "decode") n.element = "nvnodecoder";
  TestPipeline pipeline(g);
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, h264(20)));
  const auto error = pipeline.next(Event::Type::kSourceError);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->cause, "codec");
  EXPECT_NE(error->message.find("nvnodecoder"), std::string::npos) << error->message;
  ASSERT_DONE(pipeline.remove(0));
}

TEST(PipelineSource, ComesAndGoesWithoutDisturbingAnother) {
  TestPipeline pipeline(graph(2));
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, h264()));
  for (int epoch = 1; epoch <= 15; epoch++) {
    ASSERT_DONE(pipeline.add(1, h264(), epoch));
    const auto first = pipeline.next(Event::Type::kFirstFrame);
    ASSERT_TRUE(first);
    const double before = pipeline.counter(0, "frames");
    ASSERT_TRUE(pipeline.reaches(0, "frames", before + 1));
    ASSERT_DONE(pipeline.remove(1));
    EXPECT_EQ(pipeline.in_flight(1), 0) << "epoch " << epoch;
  }
  EXPECT_EQ(pipeline.counter(1, "muxed"), pipeline.counter(1, "frames"));
  EXPECT_EQ(pipeline.counter(0, "decodeErrors"), 0);
  ASSERT_DONE(pipeline.stop());
  EXPECT_EQ(pipeline.in_flight(0), 0);
  // Queue, decoder and mux hold no more than their bounds when a source goes.
  EXPECT_LE(pipeline.counter(1, "discarded"), 15 * (30 + 2 + 2));
}

TEST(PipelineSource, DropsToTheNextKeyFrameWhenTheDecoderFallsBehind) {
  TestPipeline pipeline(graph(1, {.paced = false, .encoded_bound = 4, .decode_us = 2000}));
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, h264()));
  ASSERT_EQ(pipeline.next(Event::Type::kSourceError)->cause, "eos");
  EXPECT_EQ(pipeline.counter(0, "received"), 300);
  EXPECT_GT(pipeline.counter(0, "droppedEncoded"), 0);
  EXPECT_GT(pipeline.counter(0, "decoded"), 0);
  EXPECT_EQ(pipeline.counter(0, "decodeErrors"), 0);  // no picture without its reference
  EXPECT_EQ(pipeline.in_flight(0), 0);
  ASSERT_DONE(pipeline.remove(0));
  EXPECT_EQ(pipeline.counter(0, "discarded"), 0);
}

TEST(PipelineSource, MissesItsDeadlineWhenTheEndNeverComesOut) {
  Graph g = graph(1);
  for (Node& n : g.nodes)
    if (n.id == "mux") n = node("mux", "funnel");  // takes the source, knows no ends of streams
  g.nodes.push_back(node("end", "fakesink", {{"async", flag(false)}}));
  g.links = chain({"mux", "end"});
  TestPipeline pipeline(g);
  ASSERT_DONE(pipeline.start());
  ASSERT_DONE(pipeline.add(0, h264()));
  ASSERT_TRUE(pipeline.reaches(0, "muxed", 1));
  EXPECT_FAILURE(pipeline.remove(0), "DEADLINE", "slot 0: the end of the stream does not leave the pipeline");
  EXPECT_FAILURE(pipeline.add(0, h264()), "DEADLINE", "only a new process helps");
  ASSERT_DONE(pipeline.stop());
}

// With GST_TRACERS=leaks: no GStreamer object outlives its pipeline, save those of the registry.
class NoLiveObjects : public testing::Environment {
 public:
  void TearDown() override {
    GList* tracers = gst_tracing_get_active_tracers();
    for (const GList* item = tracers; item != nullptr; item = item->next)
      if (g_strcmp0(G_OBJECT_TYPE_NAME(item->data), "GstLeaksTracer") == 0) expect_none(item->data);
    g_list_free_full(tracers, gst_object_unref);
  }

 private:
  static void expect_none(gpointer tracer) {
    GstStructure* info = nullptr;
    g_signal_emit_by_name(tracer, "get-live-objects", &info);
    const GValue* list = gst_structure_get_value(info, "live-objects-list");
    for (guint i = 0; i < gst_value_list_get_size(list); i++) {
      const GstStructure* live = gst_value_get_structure(gst_value_list_get_value(list, i));
      const GType type = G_VALUE_TYPE(gst_structure_get_value(live, "object"));
      if (g_type_is_a(type, GST_TYPE_PLUGIN_FEATURE) || g_type_is_a(type, GST_TYPE_PLUGIN)) continue;
      gchar* text = gst_structure_to_string(live);
      ADD_FAILURE() << text;
      g_free(text);
    }
    // Kept: freeing it unrefs features of the registry it has no reference on (1.22).
  }
};
const testing::Environment* const no_live_objects = testing::AddGlobalTestEnvironment(new NoLiveObjects);

}  // namespace
}  // namespace weir::test
