#include "metadump_script.h"

#include <gst/video/video.h>

#include <sstream>
#include <stdexcept>

#include "gst-nvdscustomevent.h"
#include "gst-nvevent.h"

namespace metadump {
namespace {

constexpr std::chrono::seconds kWaitLimit{15};
constexpr int kGreyChroma = 128;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

std::string word(std::istream& words) {
  std::string text;
  if (!(words >> text)) fail("a word is missing");
  return text;
}

std::string rest(std::istream& words) {
  std::string text;
  std::getline(words >> std::ws, text);
  return text;
}

guint64 number(std::istream& words) { return std::stoull(word(words)); }

GstVideoInfo info_of(GstElement* source) {
  g_autoptr(GstCaps) caps = nullptr;
  g_object_get(source, "caps", &caps, nullptr);
  GstVideoInfo info;
  if (caps == nullptr || !gst_video_info_from_caps(&info, caps)) fail("the source has no caps of raw video");
  return info;
}

GstBuffer* grey_picture(GstVideoInfo info, int luma) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
  const gsize luma_size = GST_VIDEO_INFO_PLANE_OFFSET(&info, 1);
  gst_buffer_memset(buffer, 0, luma, luma_size);
  gst_buffer_memset(buffer, luma_size, kGreyChroma, info.size - luma_size);
  return buffer;
}

GstEvent* interval_update(guint interval) {
  GstStructure* structure = gst_structure_new("nv-infer-interval-update", "stream_id", G_TYPE_STRING, "0",
                                              "interval", G_TYPE_UINT, interval, nullptr);
  return gst_event_new_custom(static_cast<GstEventType>(GST_NVEVENT_INFER_INTERVAL_UPDATE), structure);
}

GstEvent* event_named(const std::string& name, std::istream& words) {
  if (name == "eos") return gst_event_new_eos();
  if (name == "flush-start") return gst_event_new_flush_start();
  if (name == "flush-stop") return gst_event_new_flush_stop(FALSE);
  if (name == "stream-reset") return gst_nvevent_new_stream_reset(static_cast<guint>(number(words)));
  if (name == "interval") return interval_update(static_cast<guint>(number(words)));
  fail("no event is called " + name);
}

GstPadProbeReturn drop(GstPad*, GstPadProbeInfo*, gpointer) { return GST_PAD_PROBE_DROP; }

}  // namespace

PadName pad_name(const std::string& text) {
  const size_t dot = text.find('.');
  if (dot == std::string::npos) fail(text + " is no ELEMENT.PAD");
  return {text.substr(0, dot), text.substr(dot + 1)};
}

GstElement* Script::element(const std::string& name) {
  GstElement* found = gst_bin_get_by_name(GST_BIN(pipeline_), name.c_str());
  if (found == nullptr) fail("no element is named " + name);
  return found;
}

GstPad* Script::pad(const std::string& name) {
  const PadName parts = pad_name(name);
  g_autoptr(GstElement) owner = element(parts.element);
  GstPad* found = gst_element_get_static_pad(owner, parts.pad.c_str());
  if (found == nullptr) fail("there is no pad " + name);
  return found;
}

void Script::push(std::istream& words) {
  g_autoptr(GstElement) source = element(word(words));
  const GstClockTime pts = number(words) * GST_MSECOND;
  int luma = 0;
  if (!(words >> luma)) luma = kGreyChroma;
  GstBuffer* buffer = grey_picture(info_of(source), luma);
  GST_BUFFER_PTS(buffer) = pts;
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name(source, "push-buffer", buffer, &flow);
  gst_buffer_unref(buffer);
}

void Script::add(std::istream& words) {
  const std::string name = word(words);
  const PadName to = pad_name(word(words));
  g_autoptr(GError) error = nullptr;
  GstElement* bin = gst_parse_bin_from_description(rest(words).c_str(), TRUE, &error);
  if (error != nullptr) fail(error->message);
  gst_object_set_name(GST_OBJECT(bin), name.c_str());
  gst_bin_add(GST_BIN(pipeline_), bin);
  g_autoptr(GstElement) target = element(to.element);
  g_autoptr(GstPad) sink = gst_element_request_pad_simple(target, to.pad.c_str());
  g_autoptr(GstPad) src = gst_element_get_static_pad(bin, "src");
  if (sink == nullptr) fail("the pad " + to.pad + " is not given out");
  if (gst_pad_link(src, sink) != GST_PAD_LINK_OK) fail("the pads can not be linked");
  gst_element_sync_state_with_parent(bin);
}

void Script::remove(const std::string& name) {
  g_autoptr(GstElement) bin = element(name);
  g_autoptr(GstPad) src = gst_element_get_static_pad(bin, "src");
  g_autoptr(GstPad) peer = gst_pad_get_peer(src);
  gst_element_set_locked_state(bin, TRUE);
  gst_element_set_state(bin, GST_STATE_NULL);
  gst_pad_unlink(src, peer);
  g_autoptr(GstElement) target = gst_pad_get_parent_element(peer);
  gst_element_release_request_pad(target, peer);
  gst_bin_remove(GST_BIN(pipeline_), bin);
}

void Script::send(std::istream& words) {
  g_autoptr(GstPad) to = pad(word(words));
  const std::string name = word(words);
  gst_pad_send_event(to, event_named(name, words));
}

void Script::wait(std::istream& words) {
  const std::string kind = word(words);
  int count = 0;
  if (!(words >> count)) count = 1;
  if (!lines_.wait(kind, count, kWaitLimit)) fail("it did not come");
}

void Script::command(const std::string& name, std::istream& words) {
  if (name == "push") return push(words);
  if (name == "add") return add(words);
  if (name == "remove") return remove(word(words));
  if (name == "send") return send(words);
  if (name == "wait") return wait(words);
  if (name == "deafen") {
    g_autoptr(GstPad) deaf = pad(word(words));
    gst_pad_add_probe(deaf, GST_PAD_PROBE_TYPE_QUERY_BOTH, drop, nullptr, nullptr);
    return;
  }
  g_autoptr(GstElement) target = element(word(words));
  if (name == "end") {
    GstFlowReturn flow = GST_FLOW_OK;
    g_signal_emit_by_name(target, "end-of-stream", &flow);
  } else if (name == "caps") {
    gst_util_set_object_arg(G_OBJECT(target), "caps", rest(words).c_str());
  } else if (name == "set") {
    const std::string property = word(words);
    gst_util_set_object_arg(G_OBJECT(target), property.c_str(), rest(words).c_str());
  } else {
    fail("no command is called " + name);
  }
}

void Script::run(const std::vector<std::string>& script, const std::function<void()>& play) {
  for (const std::string& line : script) {
    std::istringstream words(line);
    std::string name;
    if (!(words >> name)) continue;
    try {
      if (name == "quit") return;
      if (name == "play")
        play();
      else
        command(name, words);
    } catch (const std::exception& e) {
      fail("'" + line + "': " + e.what());
    }
  }
}

}  // namespace metadump
