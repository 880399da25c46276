// Spoilt RTP through guard, depayloader, parser and decoder, as a source builds them: nothing may end the
// process.
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "pipeline/gst_util.h"
#include "pipeline/source_probes.h"

namespace weir {
namespace {

using Packet = std::vector<uint8_t>;

constexpr size_t kHeader = 12;

struct Codec {
  const char* name;
  const char* encode;
  const char* decode;
};

constexpr Codec kCodecs[] = {
    {"H264", "x264enc tune=zerolatency key-int-max=10 ! rtph264pay mtu=400",
     "rtph264depay name=depay ! h264parse ! avdec_h264 max-threads=1"},
    {"H265", "x265enc tune=zerolatency key-int-max=10 ! rtph265pay mtu=400",
     "rtph265depay name=depay ! h265parse ! avdec_h265 max-threads=1"},
};

size_t packet_count() {
  const char* longer = std::getenv("WEIR_LONG");
  return longer != nullptr && std::string_view(longer) == "1" ? 1'000'000 : 20'000;
}

unsigned seed() {
  const char* given = std::getenv("WEIR_SEED");
  return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 20261122u;
}

ElementPtr launch(const std::string& text) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(text.c_str(), &error);
  if (error != nullptr) throw std::runtime_error(error->message);
  return ElementPtr(GST_ELEMENT(gst_object_ref_sink(pipeline)));
}

template <class Each>
void each_sample(GstElement* sink, Each each) {
  while (GstSample* sample = gst_app_sink_pull_sample(GST_APP_SINK(sink))) {
    each(gst_sample_get_buffer(sample));
    gst_sample_unref(sample);
  }
}

// What a camera would send for some pictures that move.
std::vector<Packet> sound_packets(const Codec& codec) {
  const ElementPtr pipeline = launch(
      std::string(
          "videotestsrc pattern=ball num-buffers=40 ! video/x-raw,format=I420,width=160,height=120 ! ") +
      codec.encode + " ! appsink name=out sync=false");
  const ElementPtr sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  std::vector<Packet> packets;
  each_sample(sink.get(), [&](GstBuffer* buffer) {
    Packet packet(gst_buffer_get_size(buffer));
    gst_buffer_extract(buffer, 0, packet.data(), packet.size());
    packets.push_back(std::move(packet));
  });
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return packets;
}

// One packet in two stays as it is, so that the decoder has something to decode.
class Spoiler {
 public:
  explicit Spoiler(unsigned seed) : random_(seed) {}

  void spoil(Packet& packet) {
    switch (below(10)) {
      case 0:
        return change(packet, below(packet.size()));
      case 1:
        return change(packet, kHeader + below(packet.size() - kHeader));
      case 2:  // the unit's type, or that of a fragment
        return change(packet, kHeader + below(2));
      case 3:
        return packet.resize(1 + below(packet.size()));
      case 4:
        return packet.resize(kHeader + below(4));
      default:
        return;
    }
  }

 private:
  size_t below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  void change(Packet& packet, size_t at) {
    if (at < packet.size()) packet[at] = static_cast<uint8_t>(random_());
  }

  std::mt19937 random_;
};

class PacketFuzz : public ::testing::TestWithParam<Codec> {};

TEST_P(PacketFuzz, EndsNothing) {
  const Codec& codec = GetParam();
  const std::vector<Packet> sound = sound_packets(codec);
  ASSERT_GT(sound.size(), 20u);
  const ElementPtr pipeline =
      launch(std::string(
                 "appsrc name=in format=time is-live=true block=true caps=\"application/x-rtp,media=video,") +
             "clock-rate=90000,encoding-name=" + codec.name + "\" ! " + codec.decode +
             " ! fakesink name=out sync=false async=false signal-handoffs=true");
  const ElementPtr source(gst_bin_get_by_name(GST_BIN(pipeline.get()), "in"));
  const ElementPtr sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  std::atomic<size_t> pictures = 0;
  g_signal_connect(sink.get(), "handoff", G_CALLBACK(+[](GstElement*, GstBuffer*, GstPad*, gpointer count) {
                     ++*static_cast<std::atomic<size_t>*>(count);
                   }),
                   &pictures);
  SlotCounters counters;
  watch_packets(ElementPtr(gst_bin_get_by_name(GST_BIN(pipeline.get()), "depay")).get(), counters);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  Spoiler spoiler(seed());
  for (size_t i = 0; i < packet_count(); i++) {
    Packet packet = sound[i % sound.size()];
    packet[2] = static_cast<uint8_t>(i >> 8);
    packet[3] = static_cast<uint8_t>(i);
    spoiler.spoil(packet);
    GstBuffer* buffer = gst_buffer_new_memdup(packet.data(), packet.size());
    GST_BUFFER_PTS(buffer) = i * GST_MSECOND;
    ASSERT_EQ(gst_app_src_push_buffer(GST_APP_SRC(source.get()), buffer), GST_FLOW_OK);
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source.get()));
  GstBus* bus = gst_element_get_bus(pipeline.get());
  GstMessage* last = gst_bus_timed_pop_filtered(
      bus, 60 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  EXPECT_NE(last, nullptr) << "the decoder hangs";
  if (last != nullptr) gst_message_unref(last);
  gst_object_unref(bus);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  const size_t stopped = packet_count() - get(counters.packets);
  std::cout << "seed " << seed() << ": " << packet_count() << " packets of " << codec.name << ", " << stopped
            << " stopped, " << pictures << " pictures\n";
  EXPECT_GT(stopped, packet_count() / 100);
  EXPECT_GT(pictures, packet_count() / sound.size());
}

INSTANTIATE_TEST_SUITE_P(Codecs, PacketFuzz, ::testing::ValuesIn(kCodecs),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace weir
