// Spoilt RTP through guard, depayloader, parser and decoder, as a source builds them: nothing may end the
// process.
#include <gst/app/gstappsink.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/gst_util.h"
#include "pipeline/source_identity.h"
#include "pipeline/source_probes.h"

namespace weir {
namespace {

using Packet = std::vector<uint8_t>;

constexpr size_t kHeader = 12;

struct Codec {
  const char* name;
  std::string media;
  std::string encoder;
};

const Codec kCodecs[] = {{"H264", "h264", "x264enc"}, {"H265", "h265", "x265enc"}};

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
  const ElementPtr pipeline =
      launch("videotestsrc pattern=ball num-buffers=40 ! video/x-raw,format=I420,width=160,height=120 ! " +
             codec.encoder + " tune=zerolatency key-int-max=10 ! rtp" + codec.media +
             "pay mtu=400 ! appsink name=out sync=false");
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

// The way from packets to pictures; packets are pushed by the caller's thread.
class Way {
 public:
  explicit Way(const Codec& codec)
      : pipeline_(launch("rtp" + codec.media + "depay name=depay ! " + codec.media +
                         "parse config-interval=-1 ! video/x-" + codec.media +
                         ",stream-format=byte-stream,alignment=au ! avdec_" + codec.media +
                         " max-threads=1 ! fakesink name=out sync=false async=false signal-handoffs=true")),
        caps_(gst_caps_new_simple("application/x-rtp", "media", G_TYPE_STRING, "video", "clock-rate",
                                  G_TYPE_INT, 90'000, "encoding-name", G_TYPE_STRING, codec.name, nullptr)),
        source_(GST_PAD(gst_object_ref_sink(gst_pad_new("in", GST_PAD_SRC)))) {
    const ElementPtr depayloader(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "depay"));
    const ElementPtr sink(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "out"));
    const auto identity = std::make_shared<SourceIdentity>(0, 1, 1, codec.name, nullptr);
    watch_packets(depayloader.get(), counters_, std::make_shared<SenderClock>(counters_), identity);
    const auto count =
        +[](GstElement*, GstBuffer*, GstPad*, gpointer pictures) { ++*static_cast<size_t*>(pictures); };
    g_signal_connect(sink.get(), "handoff", G_CALLBACK(count), &pictures_);
    const PadPtr entry(gst_element_get_static_pad(depayloader.get(), "sink"));
    gst_pad_link(source_.get(), entry.get());
    begin();
  }
  ~Way() { end(); }

  // False where an element gave up: a source would be connected anew.
  bool push(const Packet& packet, GstClockTime time) {
    GstBuffer* buffer = gst_buffer_new_memdup(packet.data(), packet.size());
    GST_BUFFER_PTS(buffer) = time;
    return gst_pad_push(source_.get(), buffer) == GST_FLOW_OK;
  }
  void begin() {
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    gst_pad_set_active(source_.get(), TRUE);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(source_.get(), gst_event_new_stream_start("camera"));
    gst_pad_push_event(source_.get(), gst_event_new_caps(caps_.get()));
    gst_pad_push_event(source_.get(), gst_event_new_segment(&segment));
  }
  void end() {
    gst_pad_set_active(source_.get(), FALSE);
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  }

  size_t taken() const { return get(counters_.packets); }
  size_t pictures() const { return pictures_; }

 private:
  const ElementPtr pipeline_;
  const CapsPtr caps_;
  const PadPtr source_;
  SlotCounters counters_;
  size_t pictures_ = 0;
};

class PacketFuzz : public ::testing::TestWithParam<Codec> {};

TEST_P(PacketFuzz, EndsNothing) {
  const std::vector<Packet> sound = sound_packets(GetParam());
  ASSERT_GT(sound.size(), 20u);
  Way way(GetParam());
  Spoiler spoiler(seed());
  size_t given_up = 0;
  for (size_t i = 0; i < packet_count(); i++) {
    Packet packet = sound[i % sound.size()];
    packet[2] = static_cast<uint8_t>(i >> 8);
    packet[3] = static_cast<uint8_t>(i);
    spoiler.spoil(packet);
    if (way.push(packet, i * GST_MSECOND)) continue;
    given_up++;
    way.end();
    way.begin();
  }
  const size_t stopped = packet_count() - way.taken();
  std::cout << "seed " << seed() << ": " << packet_count() << " packets of " << GetParam().name << ", "
            << stopped << " stopped, " << given_up << " times begun anew, " << way.pictures()
            << " pictures\n";
  EXPECT_GT(stopped, packet_count() / 100);
  EXPECT_GT(way.pictures(), packet_count() / sound.size());
}

INSTANTIATE_TEST_SUITE_P(Codecs, PacketFuzz, ::testing::ValuesIn(kCodecs),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace weir
