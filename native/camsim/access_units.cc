#include "access_units.h"

#include <gst/app/gstappsink.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace camsim {
namespace {

constexpr GstClockTime kReadDeadline = 30 * GST_SECOND;

struct Format {
  Codec codec;
  const char* parser;
  const char* caps;
};

constexpr Format kH264{Codec::kH264, "h264parse", "video/x-h264,stream-format=byte-stream,alignment=au"};
constexpr Format kH265{Codec::kH265, "h265parse", "video/x-h265,stream-format=byte-stream,alignment=au"};

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool IsMp4(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file + ": cannot be opened; check the path and its permissions");
  std::array<char, 8> head{};
  in.read(head.data(), head.size());
  return std::string_view(head.data(), head.size()).substr(4) == "ftyp";
}

const Format& ElementaryFormat(const std::string& file, const std::string& codec) {
  if (codec == "h264") return kH264;
  if (codec == "h265") return kH265;
  for (auto end : {".h264", ".264", ".avc"}) {
    if (EndsWith(file, end)) return kH264;
  }
  for (auto end : {".h265", ".265", ".hevc"}) {
    if (EndsWith(file, end)) return kH265;
  }
  throw std::runtime_error(file + R"(: codec unknown; add "codec": "h264" or "codec": "h265" to the camera)");
}

GstElement* Add(GstElement* pipeline, const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (!element) throw std::runtime_error(std::string("GStreamer has no element ") + factory);
  gst_bin_add(GST_BIN(pipeline), element);
  return element;
}

/** filesrc [! qtdemux] ! parser ! appsink; for MP4 the codec is that of the first video track. */
class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file), pipeline_(gst_pipeline_new(nullptr)) {
    source_ = Add(pipeline_.get(), "filesrc");
    sink_ = Add(pipeline_.get(), "appsink");
    g_object_set(source_, "location", file.c_str(), nullptr);
    g_object_set(sink_, "sync", FALSE, nullptr);
  }
  ~Reader() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

  void UseElementary(const Format& format) {
    GstElement* parser = AddParser(format);
    if (!gst_element_link(source_, parser)) Fail("cannot be linked to the parser");
  }

  void UseMp4() {
    GstElement* demux = Add(pipeline_.get(), "qtdemux");
    if (!gst_element_link(source_, demux)) Fail("cannot be linked to the demuxer");
    g_signal_connect(demux, "pad-added", G_CALLBACK(+[](GstElement*, GstPad* pad, gpointer self) {
                       static_cast<Reader*>(self)->OnTrack(pad);
                     }),
                     this);
  }

  std::shared_ptr<const AccessUnits> Read() {
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    auto result = std::make_shared<AccessUnits>();
    while (GstSample* sample = Pull()) {
      if (!result->caps) result->caps.reset(gst_caps_copy(gst_sample_get_caps(sample)));
      // A deep copy, because the parser's buffers keep the file's whole read blocks alive.
      result->units.emplace_back(gst_buffer_copy_deep(gst_sample_get_buffer(sample)));
      gst_sample_unref(sample);
    }
    ThrowBusError();
    if (result->units.empty()) Fail("holds no H.264 or H.265 picture that could be read");
    result->codec = format_->codec;
    return result;
  }

 private:
  [[noreturn]] void Fail(const std::string& what) { throw std::runtime_error(file_ + ": " + what); }

  GstElement* AddParser(const Format& format) {
    format_ = &format;
    GstElement* parser = Add(pipeline_.get(), format.parser);
    g_object_set(parser, "config-interval", -1, nullptr);
    GstPtr<GstCaps> caps(gst_caps_from_string(format.caps));
    if (!gst_element_link_filtered(parser, sink_, caps.get())) Fail("parser and sink cannot be linked");
    return parser;
  }

  void OnTrack(GstPad* pad) {  // on the demuxer's streaming thread
    GstPtr<GstCaps> caps(gst_pad_get_current_caps(pad));
    const char* name = caps ? gst_structure_get_name(gst_caps_get_structure(caps.get(), 0)) : "";
    const bool h264 = g_str_equal(name, "video/x-h264");
    if (format_ || (!h264 && !g_str_equal(name, "video/x-h265"))) return;
    try {
      GstElement* parser = AddParser(h264 ? kH264 : kH265);
      gst_element_sync_state_with_parent(parser);
      GstPtr<GstPad> entry(gst_element_get_static_pad(parser, "sink"));
      gst_pad_link(pad, entry.get());
    } catch (const std::runtime_error& error) {  // must not cross GStreamer's C frames
      GST_ELEMENT_ERROR(sink_, CORE, MISSING_PLUGIN, ("%s", error.what()), (nullptr));
    }
  }

  GstSample* Pull() {
    // Waits in slices, because a failed pipeline sends an error to the bus but nothing to the sink.
    for (GstClockTime waited = 0; waited < kReadDeadline; waited += 100 * GST_MSECOND) {
      auto* sink = GST_APP_SINK(sink_);
      if (GstSample* sample = gst_app_sink_try_pull_sample(sink, 100 * GST_MSECOND)) return sample;
      if (gst_app_sink_is_eos(sink)) return nullptr;
      ThrowBusError();
    }
    Fail("could not be read within 30 s");
  }

  void ThrowBusError() {
    GstPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
    GstMessage* message = gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR);
    if (!message) return;
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    gst_message_unref(message);
    GstPtr<GError> owned(error);
    Fail(owned->message);
  }

  std::string file_;
  GstPtr<GstElement> pipeline_;
  GstElement* source_;
  GstElement* sink_;
  const Format* format_ = nullptr;
};

}  // namespace

uint64_t AccessUnits::NextKey(uint64_t frame) const {
  while (!IsKey(frame)) ++frame;
  return frame;
}

std::shared_ptr<const AccessUnits> LoadAccessUnits(const std::string& file, const std::string& codec) {
  Reader reader(file);
  if (IsMp4(file)) {
    reader.UseMp4();
  } else {
    reader.UseElementary(ElementaryFormat(file, codec));
  }
  auto units = reader.Read();
  // A loop without a key frame could never be joined, and NextKey would not end.
  for (uint64_t frame = 0; frame < units->units.size(); ++frame) {
    if (units->IsKey(frame)) return units;
  }
  throw std::runtime_error(file + ": holds no key frame");
}

}  // namespace camsim
