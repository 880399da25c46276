#include <gst/gst.h>
#include <unistd.h>

#include <map>

#include "pipeline/bus_report.h"
#include "pipeline/redact.h"
#include "pipeline_fixture.h"

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

void set_prop(Graph& graph, const std::string& id, const std::string& name, PropValue value) {
  for (Node& n : graph.nodes)
    if (n.id == id) n.props.insert(n.props.begin(), {name, std::move(value)});
}

TEST(PipelineGraph, NamesAnUnknownElement) {
  Graph g = graph(1);
  g.nodes.push_back(node("oracle", "nvoracle"));
  EXPECT_FAILURE(TestPipeline(g).start(), "ELEMENT_MISSING",
                 "node \"oracle\": there is no element \"nvoracle\"");
}

struct BadProperty {
  const char* name;
  PropValue value;
  const char* message;
};

TEST(PipelineGraph, NamesNodePropertyValueAndWhatWasExpected) {
  const BadProperty cases[] = {
      {"colour", text("red"), "node \"sink\" (fakesink): has no property \"colour\""},
      {"num-buffers", number(1.5),
       "property \"num-buffers\" cannot be \"1.5\"; expected an integer from -1 to 2147483647"},
      {"num-buffers", number(-2), "cannot be \"-2\""},
      {"num-buffers", number(1e300), "expected an integer"},
      {"num-buffers", number(4294967296.0), "cannot be \"4294967296\""},
      {"num-buffers", text("many"), "cannot be \"many\""},
      {"sync", text("perhaps"), "expected true or false"},
      {"sync", number(2), "expected true or false"},
      {"state-error", text("loud"), "cannot be \"loud\"; expected one of none (0)"},
      {"last-message", text("x"), "property \"last-message\" cannot be set"},
      {"name", number(5), "property \"name\" cannot be \"5\""},
  };
  for (const BadProperty& bad : cases) {
    Graph g = graph(1);
    set_prop(g, "sink", bad.name, bad.value);
    EXPECT_FAILURE(TestPipeline(g).start(), "GRAPH_INVALID", bad.message);
  }
}

TEST(PipelineGraph, TakesNicksNumbersFractionsAndCaps) {
  Graph g = graph(1);
  set_prop(g, "sink", "state-error", text("none"));
  set_prop(g, "sink", "num-buffers", text("-1"));
  set_prop(g, "sink", "max-lateness", number(20'000'000));
  set_prop(g, "gate", "leaky", number(2));
  g.nodes.push_back(node("free", "capsfilter", {{"caps", text("video/x-raw,framerate=30000/1001")}}));
  TestPipeline pipeline(g);
  ASSERT_DONE(pipeline.start());
}

TEST(PipelineGraph, NeverPrintsWhatCameThroughAHole) {
  Graph g = graph(1);
  auto& source = g.sources["file"].nodes[0];
  source.props.push_back({"blocksize", Hole{"secret"}});
  TestPipeline pipeline(g);
  ASSERT_DONE(pipeline.start());
  std::promise<std::optional<Failure>> answer;
  const SourceParams params{"file", "cam", 1, {{"secret", Scalar(std::string("hunter2"))}}};
  pipeline.native().add_source(0, params, [&](auto failure) { answer.set_value(failure); });
  const auto failure = answer.get_future().get();
  EXPECT_FAILURE(failure, "GRAPH_INVALID", "what parameter \"secret\" says");
  EXPECT_EQ(std::string(failure->what()).find("hunter2"), std::string::npos);
}

TEST(PipelineGraph, NamesWhatCannotBeLinked) {
  Graph g = graph(1);
  g.links.push_back({{"split", "src_9"}, {"nowhere", ""}});
  EXPECT_FAILURE(TestPipeline(g).start(), "GRAPH_INVALID", "there is no node \"nowhere\"");
  g.links.back() = {{"sink", "src"}, {"gate", ""}};
  EXPECT_FAILURE(TestPipeline(g).start(), "GRAPH_INVALID", "node \"sink\" has no src pad \"src\"");
  g.links.back() = {{"split", "src_9"}, {"gate", ""}};
  EXPECT_FAILURE(TestPipeline(g).start(), "GRAPH_INVALID", "\"split\" and \"gate\" cannot be linked");
}

TEST(PipelineGraph, SaysWhyAnElementDoesNotStart) {
  Graph g = graph(1);
  g.nodes.push_back(node("file", "filesink", {{"location", text("/nonexistent/file")}}));
  EXPECT_FAILURE(TestPipeline(g).start(), "START_FAILED", "file: Could not open file");
}

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

class Unit {
 public:
  Unit(GstClockTime pts, bool key) : buffer_(gst_buffer_new_allocate(nullptr, 10, nullptr)) {
    GST_BUFFER_PTS(buffer_) = pts;
    if (!key) GST_BUFFER_FLAG_SET(buffer_, GST_BUFFER_FLAG_DELTA_UNIT);
  }
  ~Unit() { gst_buffer_unref(buffer_); }
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;
  operator GstBuffer*() const { return buffer_; }

 private:
  GstBuffer* buffer_;
};

TEST(SourceFlow, AdmitsFromAKeyFrameToTheNextOverflow) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  struct {
    bool key;
    bool full;
    bool admitted;
  } const steps[] = {{false, false, false}, {true, false, true},   {false, false, true},
                     {false, true, false},  {false, false, false}, {true, true, false},
                     {false, false, false}, {true, false, true},   {false, false, true}};
  for (const auto& step : steps) EXPECT_EQ(flow.admit(Unit(0, step.key), step.full), step.admitted);
  EXPECT_EQ(get(counters.undecodable), 1u);
  EXPECT_EQ(get(counters.dropped_encoded), 4u);
}

TEST(SourceFlow, CountsUnitsTheDecoderSwallowedEvenWhenPicturesAreReordered) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  for (GstClockTime pts : {0, 40, 20, 10, 30, 50}) flow.into_decoder(Unit(pts, true));
  for (GstClockTime pts : {0, 10, 30}) flow.out_of_decoder(Unit(pts, true));
  EXPECT_EQ(get(counters.decode_errors), 1u);  // 20
  flow.out_of_decoder(Unit(50, true));
  EXPECT_EQ(get(counters.decode_errors), 2u);  // 40
  EXPECT_EQ(get(counters.decoded), 4u);
}

TEST(SourceFlow, PairsPicturesWithUnitsOfNoTime) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  flow.into_decoder(Unit(GST_CLOCK_TIME_NONE, true));
  flow.into_decoder(Unit(10, true));
  flow.out_of_decoder(Unit(5, true));
  flow.out_of_decoder(Unit(10, true));
  EXPECT_EQ(get(counters.decode_errors), 0u);
  for (int i = 0; i < 70; i++) flow.into_decoder(Unit(GST_CLOCK_TIME_NONE, true));
  EXPECT_EQ(get(counters.decode_errors),
            6u);  // a decoder that never gives anything is not remembered for ever
}

TEST(SourceFlow, CountsWhatTheLeakyQueueDropped) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  const Unit a(0, true), b(1, true), c(2, true), d(3, true);
  flow.into_queue(a);
  flow.into_queue(b);
  flow.into_queue(c);
  flow.out_of_queue(b);
  EXPECT_EQ(get(counters.dropped_decoded), 1u);
  flow.into_queue(d);
  flow.out_of_queue(c);
  flow.out_of_queue(d);
  EXPECT_EQ(get(counters.dropped_decoded), 1u);
  for (int i = 0; i < 10; i++) flow.into_queue(a);  // nothing comes out: all but what may be inside are lost
  EXPECT_EQ(get(counters.dropped_decoded), 8u);
}

TEST(Redact, TakesCredentialsOutOfAnyUri) {
  EXPECT_EQ(redact("no uri: user@host"), "no uri: user@host");
  EXPECT_EQ(redact("rtsp://user:pass@10.0.0.1/x"), "rtsp://***@10.0.0.1/x");
  EXPECT_EQ(redact("a rtsp://u:p@ss/w@h/x, b rtsp://h2/y c http://k:l@m"),
            "a rtsp://***@h/x, b rtsp://h2/y c http://***@m");
  EXPECT_EQ(redact("rtsp://"), "rtsp://");
}

struct ErrorCase {
  GQuark domain;
  int code;
  const char* debug;
  guint status;
  const char* cause;
};

TEST(BusReport, TellsCausesInTheFieldsWords) {
  const ErrorCase cases[] = {
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "x", 401, "unauthorized"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "x", 0, "unauthorized"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "x", 404, "not-found"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "x", 0, "not-found"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "x", 503, "unavailable"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE, "Connection refused", 0, "refused"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE, "Error resolving \"x\"", 0, "dns"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "Timeout while waiting", 0, "timeout"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE, "TLS handshake failed", 0, "tls"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE, "Generic error", 0, "unavailable"},
      {GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE, "x", 0, "decode"},
      {GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND, "x", 0, "codec"},
      {GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "x", 0, "source"},
      {GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN, "x", 0, "codec"},
  };
  for (const ErrorCase& c : cases) {
    GError error{c.domain, c.code, const_cast<char*>("It failed.")};
    const std::string debug = std::string("file.c(1): f (): /x:\n") + c.debug;
    GstStructure* details = gst_structure_new("details", "rtsp-status-code", G_TYPE_UINT, c.status, nullptr);
    const ErrorReport report = describe_error(error, debug.c_str(), details);
    EXPECT_EQ(report.cause, c.cause) << c.debug;
    EXPECT_EQ(report.status, static_cast<int>(c.status));
    gst_structure_free(details);
  }
}

TEST(BusReport, SaysEachThingOnceAndNoCredentials) {
  GError error{GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, const_cast<char*>("Not found")};
  EXPECT_EQ(describe_error(error, "f.c(1): /x:\nNot Found (404)", nullptr).message, "Not Found (404)");
  EXPECT_EQ(describe_error(error, "f.c(1): /x:\nnot found", nullptr).message, "Not found");
  EXPECT_EQ(describe_error(error, "f.c(1): /x:\nat rtsp://a:b@c/d", nullptr).message,
            "Not found at rtsp://***@c/d");
}

}  // namespace
}  // namespace weir::test
