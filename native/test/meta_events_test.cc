// The events, bus messages and queries that go with the batch metadata.
#include <gtest/gtest.h>

#include <memory>

#include "gst-nvevent.h"
#include "gst-nvmessage.h"
#include "gst-nvquery.h"

namespace {

struct Unref {
  void operator()(GstEvent* event) const { gst_event_unref(event); }
  void operator()(GstQuery* query) const { gst_query_unref(query); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

using NewEvent = GstEvent* (*)(guint);
using ParseEvent = void (*)(GstEvent*, guint*);

struct SourceEvent {
  GstNvEventType type;
  NewEvent make;
  ParseEvent parse;
};

TEST(Events, SourceEventsParseBack) {
  for (const SourceEvent& event : {
           SourceEvent{GST_NVEVENT_PAD_ADDED, gst_nvevent_new_pad_added, gst_nvevent_parse_pad_added},
           SourceEvent{GST_NVEVENT_PAD_DELETED, gst_nvevent_new_pad_deleted, gst_nvevent_parse_pad_deleted},
           SourceEvent{GST_NVEVENT_STREAM_EOS, gst_nvevent_new_stream_eos, gst_nvevent_parse_stream_eos},
           SourceEvent{GST_NVEVENT_STREAM_RESET, gst_nvevent_new_stream_reset,
                       gst_nvevent_parse_stream_reset},
       }) {
    Owned<GstEvent> made(event.make(7));
    EXPECT_EQ(static_cast<int>(GST_EVENT_TYPE(made.get())), static_cast<int>(event.type));
    EXPECT_TRUE(GST_EVENT_IS_STICKY(made.get()) && GST_EVENT_IS_SERIALIZED(made.get()) &&
                GST_EVENT_IS_DOWNSTREAM(made.get()));
    guint source = 0;
    event.parse(made.get(), &source);
    EXPECT_EQ(source, 7u);
  }
}

TEST(Events, StreamEosHasNvidiasStructure) {
  Owned<GstEvent> event(gst_nvevent_new_stream_eos(5));
  const GstStructure* structure = gst_event_get_structure(event.get());
  EXPECT_STREQ(gst_structure_get_name(structure), "nv-stream-eos");
  guint source = 0;
  EXPECT_TRUE(gst_structure_get_uint(structure, "source-id", &source));
  EXPECT_EQ(source, 5u);
}

TEST(Events, SegmentAndStreamStartParseBack) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = 5 * GST_SECOND;
  Owned<GstEvent> event(gst_nvevent_new_stream_segment(2, &segment));
  guint source = 0;
  GstSegment* parsed = nullptr;
  gst_nvevent_parse_stream_segment(event.get(), &source, &parsed);
  EXPECT_EQ(source, 2u);
  ASSERT_NE(parsed, nullptr);
  EXPECT_TRUE(gst_segment_is_equal(parsed, &segment));

  gchar id[] = "stream-of-3";
  event.reset(gst_nvevent_new_stream_start(3, id));
  gchar* name = nullptr;
  gst_nvevent_parse_stream_start(event.get(), &source, &name);
  EXPECT_EQ(source, 3u);
  EXPECT_STREQ(name, "stream-of-3");
}

TEST(Events, UpdateCapsCarriesPictureAndFrameRate) {
  GstStructure* caps = gst_structure_new("video/x-raw", "framerate", GST_TYPE_FRACTION, 30000, 1001, nullptr);
  gchar id[] = "cam";
  Owned<GstEvent> event(gst_nvevent_new_update_caps(4, 1920, 1080, caps, id, FALSE));
  gst_structure_free(caps);
  const GstStructure* structure = gst_event_get_structure(event.get());
  guint stream = 0, width = 0, height = 0;
  gint numerator = 0, denominator = 0;
  EXPECT_TRUE(gst_structure_get(structure, "stream-id", G_TYPE_UINT, &stream, "width-val", G_TYPE_UINT,
                                &width, "height-val", G_TYPE_UINT, &height, nullptr));
  EXPECT_TRUE(gst_structure_get_fraction(structure, "frame-rate", &numerator, &denominator));
  EXPECT_EQ(stream, 4u);
  EXPECT_EQ(width, 1920u);
  EXPECT_EQ(height, 1080u);
  EXPECT_EQ(numerator, 30000);
  EXPECT_EQ(denominator, 1001);
  EXPECT_STREQ(gst_structure_get_string(structure, "stream-id-str"), "cam");
}

TEST(Events, AnotherEventIsRefused) {
  Owned<GstEvent> event(gst_nvevent_new_pad_added(1));
  guint source = 99;
  g_test_expect_message(nullptr, G_LOG_LEVEL_CRITICAL, "*parse_source*");
  gst_nvevent_parse_stream_eos(event.get(), &source);
  g_test_assert_expected_messages();
  EXPECT_EQ(source, 99u);
}

TEST(Messages, StreamEosParsesBack) {
  Owned<GstMessage> message(gst_nvmessage_new_stream_eos(nullptr, 6));
  guint stream = 0;
  EXPECT_TRUE(gst_nvmessage_is_stream_eos(message.get()));
  EXPECT_TRUE(gst_nvmessage_parse_stream_eos(message.get(), &stream));
  EXPECT_EQ(stream, 6u);
  message.reset(gst_message_new_eos(nullptr));
  EXPECT_FALSE(gst_nvmessage_parse_stream_eos(message.get(), &stream));
}

TEST(Queries, AnswersParseBackAndKindsAreNotMixedUp) {
  Owned<GstQuery> batch_size(gst_nvquery_batch_size_new());
  Owned<GstQuery> streams(gst_nvquery_numStreams_size_new());
  guint value = 0;
  EXPECT_FALSE(gst_nvquery_batch_size_parse(batch_size.get(), &value)) << "nobody answered";
  gst_nvquery_batch_size_set(batch_size.get(), 8);
  EXPECT_TRUE(gst_nvquery_batch_size_parse(batch_size.get(), &value));
  EXPECT_EQ(value, 8u);
  EXPECT_FALSE(gst_nvquery_is_batch_size(streams.get()));
  EXPECT_TRUE(gst_nvquery_is_numStreams_size(streams.get()));
  gst_nvquery_numStreams_size_set(streams.get(), 3);
  EXPECT_TRUE(gst_nvquery_numStreams_size_parse(streams.get(), &value));
  EXPECT_EQ(value, 3u);
}

}  // namespace
