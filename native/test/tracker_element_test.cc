#include <gst/gst.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gst-nvdscustomevent.h"
#include "gst-nvevent.h"
#include "gst-nvquery.h"
#include "gstnvdsmeta.h"
#include "pipeline/provider.h"
#include "tracker_fixture.h"

namespace {

using namespace tracker_test;

constexpr guint kWidth = 1920;
constexpr guint kHeight = 1080;

// A copy linked in here would clash with the plugin's when another test loads that.
void register_element() { ASSERT_NO_THROW(weir::load_provider()); }

GstStaticPadTemplate any_src =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate any_sink =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

// Metadata of one buffer in the making.
class Batch {
 public:
  Batch() : meta_(nvds_create_batch_meta(8)) { meta_->base_meta.meta_type = NVDS_BATCH_META; }

  NvDsFrameMeta* frame(guint pad, bool inferred = true) {
    NvDsFrameMeta* frame = nvds_acquire_frame_meta_from_pool(meta_);
    frame->pad_index = pad;
    frame->batch_id = meta_->num_frames_in_batch;
    frame->bInferDone = inferred;
    frame->pipeline_width = kWidth;
    frame->pipeline_height = kHeight;
    nvds_add_frame_meta_to_batch(meta_, frame);
    return frame;
  }

  NvDsObjectMeta* object(NvDsFrameMeta* frame, NvBbox_Coords at, int class_id = 0,
                         const char* label = "Person") {
    NvDsObjectMeta* object = nvds_acquire_obj_meta_from_pool(meta_);
    object->class_id = class_id;
    object->object_id = UNTRACKED_OBJECT_ID;
    object->confidence = 0.75f;
    object->detector_bbox_info.org_bbox_coords = at;
    object->rect_params.left = at.left;
    object->rect_params.top = at.top;
    object->rect_params.width = at.width;
    object->rect_params.height = at.height;
    object->text_params.display_text = g_strdup(label);
    nvds_add_obj_meta_to_frame(frame, object, nullptr);
    return object;
  }

  GstBuffer* buffer() {
    GstBuffer* buffer = gst_buffer_new();
    NvDsMeta* carrier = gst_buffer_add_nvds_meta(buffer, meta_, nullptr, nvds_batch_meta_copy_func,
                                                 nvds_batch_meta_release_func);
    carrier->meta_type = NVDS_BATCH_GST_META;
    return buffer;
  }

 private:
  NvDsBatchMeta* meta_;
};

// The element between a pad that stands for the mux and one that stands for the rest.
class Harness {
 public:
  explicit Harness(const std::string& config = with("probationAge", "0"), guint batch_size = 4,
                   const std::string& library = library_path())
      : file_(config), batch_size_(batch_size) {
    register_element();
    element = gst_element_factory_make("nvtracker", nullptr);
    gst_object_ref_sink(element);
    bus_ = gst_bus_new();
    gst_element_set_bus(element, bus_);
    g_object_set(element, "ll-lib-file", library.c_str(), "ll-config-file", file_.path().c_str(), nullptr);
    src_ = gst_pad_new_from_static_template(&any_src, "src");
    sink_ = gst_pad_new_from_static_template(&any_sink, "sink");
    src_->querydata = sink_->chaindata = sink_->eventdata = this;
    gst_pad_set_query_function_full(src_, on_query, this, nullptr);
    gst_pad_set_chain_function_full(sink_, on_buffer, this, nullptr);
    gst_pad_set_event_function_full(sink_, on_event, this, nullptr);
    link(src_, "sink");
    link("src", sink_);
  }

  ~Harness() {
    gst_element_set_state(element, GST_STATE_NULL);
    for (GstBuffer* buffer : received) gst_buffer_unref(buffer);
    gst_object_unref(src_);
    gst_object_unref(sink_);
    gst_element_set_bus(element, nullptr);
    gst_object_unref(bus_);
    gst_object_unref(element);
  }

  GstStateChangeReturn start() {
    gst_pad_set_active(sink_, TRUE);
    const auto change = gst_element_set_state(element, GST_STATE_PLAYING);
    gst_pad_set_active(src_, TRUE);
    gst_pad_push_event(src_, gst_event_new_stream_start("test"));
    GstCaps* caps = gst_caps_from_string("video/x-raw(memory:NVMM), format=NV12, width=1920, height=1080");
    gst_pad_push_event(src_, gst_event_new_caps(caps));
    gst_caps_unref(caps);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(src_, gst_event_new_segment(&segment));
    return change;
  }

  GstFlowReturn push(GstBuffer* buffer) { return gst_pad_push(src_, buffer); }
  bool send(GstEvent* event) { return gst_pad_push_event(src_, event); }

  // Pushes one frame of `pad` with one object; the objects that come out.
  std::vector<NvDsObjectMeta*> one(guint pad = 0, NvBbox_Coords at = {100, 200, 50, 80}) {
    Batch batch;
    batch.object(batch.frame(pad), at);
    EXPECT_EQ(push(batch.buffer()), GST_FLOW_OK);
    return objects();
  }

  // Of frame `index` in the last buffer received.
  std::vector<NvDsObjectMeta*> objects(guint index = 0) {
    NvDsBatchMeta* meta = gst_buffer_get_nvds_batch_meta(received.back());
    NvDsFrameMeta* frame = nvds_get_nth_frame_meta(meta->frame_meta_list, index);
    std::vector<NvDsObjectMeta*> found;
    for (GList* l = frame->obj_meta_list; l != nullptr; l = l->next)
      found.push_back(static_cast<NvDsObjectMeta*>(l->data));
    EXPECT_EQ(frame->num_obj_meta, found.size());
    return found;
  }

  // The next error on the bus, or "".
  std::string error() {
    GstMessage* message = gst_bus_pop_filtered(bus_, GST_MESSAGE_ERROR);
    if (message == nullptr) return "";
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    const std::string text = std::string(g_quark_to_string(error->domain)) + " " +
                             std::to_string(error->code) + " " + error->message;
    g_error_free(error);
    gst_message_unref(message);
    return text;
  }
  // Whether nothing was posted that says something is wrong.
  bool silent() {
    const auto types =
        static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_ELEMENT);
    GstMessage* message = gst_bus_pop_filtered(bus_, types);
    if (message != nullptr) gst_message_unref(message);
    return message == nullptr;
  }

  GstElement* element;
  GstFlowReturn downstream = GST_FLOW_OK;
  std::vector<GstBuffer*> received;
  std::vector<guint> events;

 private:
  void link(GstPad* from, const char* to) {
    GstPad* pad = gst_element_get_static_pad(element, to);
    EXPECT_EQ(gst_pad_link(from, pad), GST_PAD_LINK_OK);
    gst_object_unref(pad);
  }
  void link(const char* from, GstPad* to) {
    GstPad* pad = gst_element_get_static_pad(element, from);
    EXPECT_EQ(gst_pad_link(pad, to), GST_PAD_LINK_OK);
    gst_object_unref(pad);
  }

  static gboolean on_query(GstPad* pad, GstObject* parent, GstQuery* query) {
    const guint batch_size = static_cast<Harness*>(pad->querydata)->batch_size_;
    if (batch_size == 0) return gst_pad_query_default(pad, parent, query);
    if (gst_nvquery_is_batch_size(query)) return gst_nvquery_batch_size_set(query, batch_size), TRUE;
    if (gst_nvquery_is_numStreams_size(query)) return gst_nvquery_numStreams_size_set(query, 1), TRUE;
    return gst_pad_query_default(pad, parent, query);
  }
  static GstFlowReturn on_buffer(GstPad* pad, GstObject*, GstBuffer* buffer) {
    auto* self = static_cast<Harness*>(pad->chaindata);
    self->received.push_back(buffer);
    return self->downstream;
  }
  static gboolean on_event(GstPad* pad, GstObject*, GstEvent* event) {
    static_cast<Harness*>(pad->eventdata)->events.push_back(GST_EVENT_TYPE(event));
    gst_event_unref(event);
    return TRUE;
  }

  TempFile file_;
  guint batch_size_;
  GstBus* bus_;
  GstPad* src_;
  GstPad* sink_;
};

TEST(NvTracker, WritesIdBoxAndText) {
  Harness harness;
  ASSERT_EQ(harness.start(), GST_STATE_CHANGE_SUCCESS);
  const auto objects = harness.one(0, {100, 200, 50, 80});
  ASSERT_EQ(objects.size(), 1u);
  const NvDsObjectMeta& object = *objects[0];
  EXPECT_EQ(object.object_id, 0u);
  EXPECT_NEAR(object.rect_params.left, 100, 0.01);
  EXPECT_NEAR(object.rect_params.top, 200, 0.01);
  EXPECT_NEAR(object.rect_params.width, 50, 0.01);
  EXPECT_NEAR(object.rect_params.height, 80, 0.01);
  EXPECT_NEAR(object.tracker_bbox_info.org_bbox_coords.left, 100, 0.01);
  EXPECT_EQ(object.tracker_confidence, 1);
  EXPECT_EQ(object.confidence, 0.75f);
  EXPECT_EQ(object.detector_bbox_info.org_bbox_coords.left, 100);
  EXPECT_STREQ(object.text_params.display_text, "Person 0");
  EXPECT_STREQ(object.text_params.font_params.font_name, "Serif");
  EXPECT_EQ(object.text_params.font_params.font_size, 10u);
  EXPECT_EQ(object.text_params.font_params.font_color.red, 1);
  EXPECT_EQ(object.text_params.set_bg_clr, 1);
  EXPECT_EQ(object.text_params.text_bg_clr.alpha, 1);
  EXPECT_NEAR(object.text_params.x_offset, 100, 1);
  EXPECT_NEAR(object.text_params.y_offset, 180, 1);
}

TEST(NvTracker, LeavesTheTextAloneWhenToldTo) {
  Harness harness;
  g_object_set(harness.element, "display-tracking-id", FALSE, nullptr);
  harness.start();
  EXPECT_STREQ(harness.one().at(0)->text_params.display_text, "Person");
}

TEST(NvTracker, ClipsTheBoxButNotTheTrackersOwn) {
  Harness harness;
  harness.start();
  const auto objects = harness.one(0, {-20, 1050, 50, 80});
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_NEAR(objects[0]->rect_params.left, 0, 0.01);
  EXPECT_NEAR(objects[0]->rect_params.width, 30, 0.01);
  EXPECT_NEAR(objects[0]->rect_params.height, 30, 0.01);
  EXPECT_NEAR(objects[0]->tracker_bbox_info.org_bbox_coords.left, -20, 0.01);
  EXPECT_NEAR(objects[0]->tracker_bbox_info.org_bbox_coords.height, 80, 0.01);
}

TEST(NvTracker, RemovesABoxOutsideTheFrame) {
  Harness harness;
  harness.start();
  EXPECT_TRUE(harness.one(0, {2000, 200, 50, 80}).empty());
}

TEST(NvTracker, RemovesDetectionsWithoutId) {
  Harness harness(kSample);
  harness.start();
  for (int i = 0; i < 4; i++) EXPECT_TRUE(harness.one().empty()) << i;
  EXPECT_EQ(harness.one().size(), 1u);
}

TEST(NvTracker, LeavesOtherClassesUntouched) {
  Harness harness(kSample);
  g_object_set(harness.element, "operate-on-class-ids", "0;3", nullptr);
  harness.start();
  for (int i = 0; i < 5; i++) {
    Batch batch;
    NvDsFrameMeta* frame = batch.frame(0);
    batch.object(frame, {100, 200, 50, 80}, 0);
    batch.object(frame, {500, 200, 50, 80}, 1, "Bag");
    harness.push(batch.buffer());
    const auto objects = harness.objects();
    ASSERT_EQ(objects.size(), 2u) << "nothing is removed";
    EXPECT_EQ(objects[0]->object_id, i < 4 ? UNTRACKED_OBJECT_ID : 0u);
    EXPECT_EQ(objects[1]->object_id, UNTRACKED_OBJECT_ID);
    EXPECT_STREQ(objects[1]->text_params.display_text, "Bag");
  }
}

TEST(NvTracker, TracksEveryFrameOfABatch) {
  Harness harness(with("probationAge", "1"));
  harness.start();
  Batch batch;
  batch.object(batch.frame(0), {100, 200, 50, 80});
  batch.object(batch.frame(1), {100, 200, 50, 80});
  batch.object(batch.frame(0), {105, 200, 50, 80});
  EXPECT_EQ(harness.push(batch.buffer()), GST_FLOW_OK);
  EXPECT_TRUE(harness.objects(0).empty());
  EXPECT_TRUE(harness.objects(1).empty());
  EXPECT_EQ(harness.objects(2).size(), 1u) << "the second frame of pad 0 follows its first";
}

TEST(NvTracker, ReportsNothingOnFramesWithoutInference) {
  Harness harness;
  harness.start();
  const guint64 id = harness.one().at(0)->object_id;
  for (int i = 0; i < 50; i++) {
    Batch batch;
    batch.frame(0, false);
    harness.push(batch.buffer());
    EXPECT_TRUE(harness.objects().empty());
  }
  EXPECT_EQ(harness.one().at(0)->object_id, id);
}

TEST(NvTracker, RefusesMoreFramesThanTheBatchSize) {
  Harness harness(kSample, 2);
  harness.start();
  Batch batch;
  for (guint i = 0; i < 3; i++) batch.frame(i);
  EXPECT_EQ(harness.push(batch.buffer()), GST_FLOW_ERROR);
  const std::string error = harness.error();
  EXPECT_EQ(error.rfind("gst-stream-error-quark " + std::to_string(GST_STREAM_ERROR_FAILED), 0), 0u) << error;
  EXPECT_NE(error.find("exceeds maximum"), std::string::npos) << error;
}

TEST(NvTracker, TakesABatchOfOneWhenNobodyAnswers) {
  Harness harness(kSample, 0);
  harness.start();
  Batch one, two;
  one.frame(0);
  EXPECT_EQ(harness.push(one.buffer()), GST_FLOW_OK);
  two.frame(0);
  two.frame(1);
  EXPECT_EQ(harness.push(two.buffer()), GST_FLOW_ERROR);
}

TEST(NvTracker, PassesABatchWithoutFrames) {
  Harness harness;
  harness.start();
  Batch batch;
  EXPECT_EQ(harness.push(batch.buffer()), GST_FLOW_OK);
  EXPECT_EQ(harness.received.size(), 1u);
}

TEST(NvTracker, RefusesABufferWithoutMetadata) {
  Harness harness;
  harness.start();
  EXPECT_EQ(harness.push(gst_buffer_new()), GST_FLOW_ERROR);
  EXPECT_NE(harness.error().find("without batch metadata"), std::string::npos);
}

TEST(NvTracker, HidesDownstreamsFlowFromUpstream) {
  Harness harness;
  harness.start();
  for (const GstFlowReturn flow : {GST_FLOW_NOT_LINKED, GST_FLOW_FLUSHING, GST_FLOW_EOS, GST_FLOW_ERROR}) {
    harness.downstream = flow;
    Batch batch;
    batch.frame(0);
    EXPECT_EQ(harness.push(batch.buffer()), GST_FLOW_OK) << gst_flow_get_name(flow);
  }
  EXPECT_EQ(harness.received.size(), 4u);
}

TEST(NvTracker, FailsToStartWithoutAMessage) {
  const auto fails = [](Harness& harness, const char* reason) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(harness.start(), GST_STATE_CHANGE_FAILURE);
    const std::string printed = testing::internal::GetCapturedStderr();
    EXPECT_NE(printed.find(reason), std::string::npos) << printed;
    EXPECT_TRUE(harness.silent());
  };
  Harness missing(kSample, 4, "/nowhere/lib.so"), unset(kSample, 4, ""), bad("probationAge: 3\n");
  fails(missing, "ll-lib-file can not be loaded: /nowhere/lib.so");
  fails(unset, "ll-lib-file is not set");
  fails(bad, "expected %YAML:1.0");
  Harness classes;
  g_object_set(classes.element, "operate-on-class-ids", "0;x", nullptr);
  fails(classes, "operate-on-class-ids is \"0;x\"");
}

TEST(NvTracker, DropsTheTargetsOfADeletedPad) {
  Harness harness(with("probationAge", "1"));
  harness.start();
  harness.one(0), harness.one(1);
  EXPECT_EQ(harness.one(0).size(), 1u);
  EXPECT_EQ(harness.one(1).size(), 1u);
  EXPECT_TRUE(harness.send(gst_nvevent_new_pad_deleted(1)));
  EXPECT_EQ(harness.one(0).size(), 1u);
  EXPECT_TRUE(harness.one(1).empty());
  EXPECT_EQ(harness.events.back(), static_cast<guint>(GST_NVEVENT_PAD_DELETED)) << "and passes the event on";
}

TEST(NvTracker, StartsNewIdsOnResetButNotOnEos) {
  Harness harness;
  guint mode = 0;
  g_object_get(harness.element, "tracking-id-reset-mode", &mode, nullptr);
  EXPECT_EQ(mode, 1u);
  harness.start();
  EXPECT_EQ(harness.one().at(0)->object_id, 0u);
  harness.send(gst_nvevent_new_stream_eos(0));
  EXPECT_EQ(harness.one().at(0)->object_id, 0u);
  harness.send(gst_nvevent_new_stream_reset(0));
  EXPECT_EQ(harness.one().at(0)->object_id, 1u);
}

TEST(NvTracker, CountsIdsFromZeroAfterEosInModeTwo) {
  Harness harness;
  g_object_set(harness.element, "tracking-id-reset-mode", 2, nullptr);
  harness.start();
  EXPECT_EQ(harness.one(0).at(0)->object_id, 0u);
  EXPECT_EQ(harness.one(1).at(0)->object_id, 0u) << "by stream";
  EXPECT_EQ(harness.one(0, {900, 200, 50, 80}).at(0)->object_id, 2u);
  harness.send(gst_nvevent_new_stream_reset(0));
  EXPECT_EQ(harness.one(0, {900, 200, 50, 80}).at(0)->object_id, 2u);
  harness.send(gst_nvevent_new_stream_eos(0));
  EXPECT_EQ(harness.one(0).at(0)->object_id, 0u);
}

TEST(NvTracker, TakesANewConfigurationWhilePlaying) {
  Harness harness(kSample);
  harness.start();
  EXPECT_TRUE(harness.one().empty());
  TempFile file(with("probationAge", "0"));
  harness.send(
      gst_event_new_custom(static_cast<GstEventType>(GST_NVEVENT_NVTRACKER_CONFIG_UPDATE),
                           gst_structure_new("nv-tracker-config-update", "stream_id", G_TYPE_STRING, "0",
                                             "config_path", G_TYPE_STRING, file.path().c_str(), nullptr)));
  EXPECT_EQ(harness.one().size(), 1u);
}

TEST(NvTracker, AppendsASecondConfigurationFile) {
  Harness harness;
  g_object_set(harness.element, "ll-config-file", "/second.yml", nullptr);
  gchar* files = nullptr;
  g_object_get(harness.element, "ll-config-file", &files, nullptr);
  EXPECT_NE(std::string(files).find(";/second.yml"), std::string::npos) << files;
  g_free(files);
  EXPECT_EQ(harness.start(), GST_STATE_CHANGE_SUCCESS) << "the first one is used";
}

}  // namespace
