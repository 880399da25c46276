#include "pipeline/source_probes.h"

#include "pipeline/failure.h"
#include "pipeline/gst_util.h"
#include "pipeline/packet_guard.h"
#include "pipeline/packet_watch.h"
#include "pipeline/picture_watch.h"

namespace weir {
namespace {

constexpr int kBuffers = GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST;

PadPtr static_pad(GstElement* element, const char* name) {
  GstPad* pad = gst_element_get_static_pad(element, name);
  if (pad == nullptr)
    throw Failure(code::kGraph,
                  std::string("node \"") + GST_OBJECT_NAME(element) + "\" has no pad \"" + name + '"');
  return PadPtr(pad);
}

template <class Each>
void on_buffers(GstElement* element, const char* pad, Each each) {
  add_probe(static_pad(element, pad).get(), kBuffers, [each](GstPadProbeInfo* info) {
    each_buffer(info, each);
    return GST_PAD_PROBE_OK;
  });
}

template <class Each>
void on_caps(GstElement* element, const char* pad, Each each) {
  add_probe(static_pad(element, pad).get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
            [each](GstPadProbeInfo* info) mutable {
              GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
              if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
              GstCaps* caps = nullptr;
              gst_event_parse_caps(event, &caps);
              each(caps);
              return GST_PAD_PROBE_OK;
            });
}

Event format_event(const GstCaps* caps, const std::string& codec) {
  Event event{.type = Event::Type::kSourceFormat, .codec = codec};
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  gint numerator = 0;
  gint denominator = 1;
  gst_structure_get_int(structure, "width", &event.width);
  gst_structure_get_int(structure, "height", &event.height);
  if (gst_structure_get_fraction(structure, "framerate", &numerator, &denominator) && denominator > 0)
    event.fps = static_cast<double>(numerator) / denominator;
  return event;
}

bool is_harmful(Payload payload, GstBuffer* buffer) {
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) return true;
  const bool harmful = is_harmful(payload, map.data, map.size);
  gst_buffer_unmap(buffer, &map);
  return harmful;
}

void take_packet(PacketWatch& watch, SenderClock& sender, GstBuffer* buffer) {
  uint8_t header[12];
  const gsize size = gst_buffer_extract(buffer, 0, header, sizeof(header));
  const auto packet = PacketWatch::parse(header, size);
  if (!packet) return;
  const int64_t now_ns = monotonic_ns();
  watch.take(*packet, now_ns);
  sender.take(*packet, GST_BUFFER_PTS(buffer), now_ns);
}

// 0 means no bound.
struct QueueBound {
  guint64 buffers;
  guint64 bytes;
  guint64 time;
};

bool is_full(GstElement* queue, const QueueBound& bound) {
  guint buffers = 0;
  guint bytes = 0;
  guint64 time = 0;
  g_object_get(queue, "current-level-buffers", &buffers, "current-level-bytes", &bytes, "current-level-time",
               &time, nullptr);
  return (bound.buffers != 0 && buffers >= bound.buffers) || (bound.bytes != 0 && bytes >= bound.bytes) ||
         (bound.time != 0 && time >= bound.time);
}

}  // namespace

void watch_parser(GstElement* parser, const std::string& codec, const std::shared_ptr<SourceFlow>& flow,
                  const std::shared_ptr<SourceIdentity>& identity) {
  on_buffers(parser, "src", [flow](GstBuffer* unit) { flow->received(unit); });
  on_caps(parser, "src", [codec, identity, last = Event{}](const GstCaps* caps) mutable {
    const Event format = format_event(caps, codec);
    const bool known = format.width == last.width && format.height == last.height && format.fps == last.fps;
    if (format.width > 0 && format.height > 0 && !known) identity->report(last = format);
  });
}

void watch_packets(GstElement* depayloader, SlotCounters& counters,
                   const std::shared_ptr<SenderClock>& sender,
                   const std::shared_ptr<SourceIdentity>& identity) {
  const auto watch = std::make_shared<PacketWatch>(counters);
  const auto payload = std::make_shared<Payload>(Payload::kOther);
  on_caps(depayloader, "sink", [watch, sender, payload](const GstCaps* caps) {
    const GstStructure* structure = gst_caps_get_structure(caps, 0);
    const char* name = gst_structure_get_string(structure, "encoding-name");
    gint rate = 0;
    *payload = payload_of(name == nullptr ? "" : name);
    if (!gst_structure_get_int(structure, "clock-rate", &rate)) return;
    watch->set_clock_rate(rate);
    sender->set_clock_rate(rate);
  });
  add_probe(static_pad(depayloader, "sink").get(), kBuffers, [=](GstPadProbeInfo* info) {
    work_on(identity->at(Stage::kParse));
    bool harmful = false;
    each_buffer(info, [&](GstBuffer* buffer) { harmful = harmful || is_harmful(*payload, buffer); });
    if (harmful) return GST_PAD_PROBE_DROP;
    each_buffer(info, [&](GstBuffer* buffer) { take_packet(*watch, *sender, buffer); });
    return GST_PAD_PROBE_OK;
  });
}

void watch_times(GstElement* parser, SlotCounters& counters,
                 const std::shared_ptr<SourceIdentity>& identity) {
  on_buffers(parser, "sink", [identity](GstBuffer*) { work_on(identity->at(Stage::kParse)); });
  const auto known = [](GstClockTime time) { return time != GST_CLOCK_TIME_NONE; };
  on_buffers(parser, "src", [known, times = std::make_shared<UnitTimes>(counters)](GstBuffer* unit) {
    const GstClockTime duration = GST_BUFFER_DURATION(unit);
    if (known(GST_BUFFER_PTS(unit)))
      times->take(static_cast<int64_t>(GST_BUFFER_PTS(unit)),
                  known(duration) ? static_cast<int64_t>(duration) : 0);
  });
}

void watch_pictures(GstElement* decoder, SlotCounters& counters) {
  const auto watch = std::make_shared<PictureWatch>(counters);
  on_caps(decoder, "src", [watch](const GstCaps* caps) { watch->set_format(caps); });
  on_buffers(decoder, "src", [watch](GstBuffer* picture) { watch->take(picture, monotonic_ns()); });
}

void watch_arrival(GstElement* queue, FrameClock& clock, const std::shared_ptr<SenderClock>& sender) {
  on_buffers(queue, "sink", [&clock, sender](GstBuffer* unit) {
    const GstClockTime pts = GST_BUFFER_PTS(unit);
    clock.arrived(pts, monotonic_ns(), sender->taken(pts), g_get_real_time() * 1000);
  });
}

void guard_encoded_queue(GstElement* queue, const std::shared_ptr<SourceFlow>& flow) {
  if (!has_property(queue, "max-size-buffers") || !has_property(queue, "current-level-time"))
    throw Failure(code::kGraph, std::string("node \"") + GST_OBJECT_NAME(queue) + "\" must be a queue");
  const QueueBound bound{unsigned_property(queue, "max-size-buffers"),
                         unsigned_property(queue, "max-size-bytes"),
                         unsigned_property(queue, "max-size-time")};
  add_probe(static_pad(queue, "sink").get(), GST_PAD_PROBE_TYPE_BUFFER, [=](GstPadProbeInfo* info) {
    return flow->admit(GST_PAD_PROBE_INFO_BUFFER(info), is_full(queue, bound)) ? GST_PAD_PROBE_OK
                                                                               : GST_PAD_PROBE_DROP;
  });
}

// Some decoders give their pictures in a thread of their own.
void watch_decoder(GstElement* decoder, const std::shared_ptr<SourceFlow>& flow,
                   const std::shared_ptr<SourceIdentity>& identity) {
  on_buffers(decoder, "sink", [flow, identity](GstBuffer* unit) {
    work_on(identity->at(Stage::kDecode));
    flow->into_decoder(unit);
  });
  add_probe(
      static_pad(decoder, "src").get(), GST_PAD_PROBE_TYPE_BUFFER, [flow, identity](GstPadProbeInfo* info) {
        work_on(identity->at(Stage::kDecode));
        return flow->out_of_decoder(GST_PAD_PROBE_INFO_BUFFER(info)) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
      });
}

void watch_decoded_queue(GstElement* queue, const std::shared_ptr<SourceFlow>& flow,
                         const std::shared_ptr<SourceIdentity>& identity) {
  on_buffers(queue, "sink", [flow](GstBuffer* picture) { flow->into_queue(picture); });
  on_buffers(queue, "src", [flow, identity](GstBuffer* picture) {
    work_on(identity->at(Stage::kMux));
    flow->out_of_queue(picture);
  });
}

}  // namespace weir
