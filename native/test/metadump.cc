// Runs a pipeline given as gst-launch text and prints what passes the src pad of its element `last`: one JSON
// line per frame with all its metadata, one per stream event, one per error or element message. For tests.
#include <gst/gst.h>

#include <cinttypes>
#include <cstdio>
#include <mutex>
#include <string>

#include "gst-nvevent.h"
#include "gstnvdsmeta.h"

namespace {

std::mutex output;

void print_line(const std::string& line) {
  std::lock_guard lock(output);
  std::puts(line.c_str());
}

std::string quoted(const char* text) {
  g_autofree gchar* escaped = g_strescape(text == nullptr ? "" : text, nullptr);
  return std::string{'"'}.append(escaped).append(1, '"');
}

std::string format(const char* pattern, ...) {
  va_list args;
  va_start(args, pattern);
  g_autofree gchar* text = g_strdup_vprintf(pattern, args);
  va_end(args);
  return text;
}

std::string box(float left, float top, float width, float height) {
  return format("[%.9g,%.9g,%.9g,%.9g]", left, top, width, height);
}

std::string object_json(const NvDsObjectMeta& o) {
  const auto& r = o.rect_params;
  const auto& d = o.detector_bbox_info.org_bbox_coords;
  return format("{\"class\":%d,\"component\":%d,\"confidence\":%.9g,\"id\":\"%" PRIu64 "\",", o.class_id,
                o.unique_component_id, o.confidence, o.object_id) +
         "\"label\":" + quoted(o.obj_label) + ",\"text\":" + quoted(o.text_params.display_text) +
         ",\"box\":" + box(r.left, r.top, r.width, r.height) +
         ",\"detector\":" + box(d.left, d.top, d.width, d.height) +
         format(",\"border\":%u,\"trackerConfidence\":%.9g}", r.border_width, o.tracker_confidence);
}

std::string frame_json(const NvDsFrameMeta& f) {
  std::string line = format(
      "{\"frame\":%d,\"pad\":%u,\"slot\":%u,\"pts\":%" PRIu64 ",\"ntp\":%" PRIu64
      ",\"inferred\":%s,\"source\":[%u,%u],\"canvas\":[%u,%u],\"count\":%u,\"objects\":[",
      f.frame_num, f.pad_index, f.batch_id, f.buf_pts, f.ntp_timestamp, f.bInferDone ? "true" : "false",
      f.source_frame_width, f.source_frame_height, f.pipeline_width, f.pipeline_height, f.num_obj_meta);
  for (NvDsMetaList* l = f.obj_meta_list; l != nullptr; l = l->next)
    line.append(l == f.obj_meta_list ? "" : ",").append(object_json(*static_cast<NvDsObjectMeta*>(l->data)));
  return line.append("]}");
}

void dump_buffer(GstBuffer* buffer) {
  NvDsBatchMeta* batch = gst_buffer_get_nvds_batch_meta(buffer);
  if (batch == nullptr) return print_line("{\"buffer\":\"without batch metadata\"}");
  print_line(format("{\"batch\":%u,\"max\":%u}", batch->num_frames_in_batch, batch->max_frames_in_batch));
  for (NvDsMetaList* l = batch->frame_meta_list; l != nullptr; l = l->next)
    print_line(frame_json(*static_cast<NvDsFrameMeta*>(l->data)));
}

void dump_event(GstEvent* event) {
  guint source = 0;
  switch (static_cast<guint>(GST_EVENT_TYPE(event))) {
    case GST_NVEVENT_PAD_ADDED:
      gst_nvevent_parse_pad_added(event, &source);
      return print_line(format("{\"event\":\"pad-added\",\"pad\":%u}", source));
    case GST_NVEVENT_PAD_DELETED:
      gst_nvevent_parse_pad_deleted(event, &source);
      return print_line(format("{\"event\":\"pad-deleted\",\"pad\":%u}", source));
    case GST_NVEVENT_STREAM_EOS:
      gst_nvevent_parse_stream_eos(event, &source);
      return print_line(format("{\"event\":\"stream-eos\",\"pad\":%u}", source));
    case GST_EVENT_EOS:
      return print_line("{\"event\":\"eos\"}");
    default:
      return;
  }
}

GstPadProbeReturn on_data(GstPad*, GstPadProbeInfo* info, gpointer) {
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0)
    dump_buffer(GST_PAD_PROBE_INFO_BUFFER(info));
  else
    dump_event(GST_PAD_PROBE_INFO_EVENT(info));
  return GST_PAD_PROBE_OK;
}

// Returns true when the message ends the run.
bool dump_message(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    g_autoptr(GError) error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    print_line(format("{\"error\":%d,\"domain\":", error->code) + quoted(g_quark_to_string(error->domain)) +
               ",\"message\":" + quoted(error->message) + "}");
    return true;
  }
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT)
    print_line("{\"element\":" + quoted(gst_structure_get_name(gst_message_get_structure(message))) + "}");
  return GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: metadump 'PIPELINE with an element name=last'\n");
    return 2;
  }
  g_autoptr(GError) error = nullptr;
  GstElement* pipeline = gst_parse_launch(argv[1], &error);
  GstElement* last = pipeline != nullptr ? gst_bin_get_by_name(GST_BIN(pipeline), "last") : nullptr;
  if (error != nullptr || last == nullptr) {
    std::fprintf(stderr, "metadump: %s\n", error != nullptr ? error->message : "no element is named last");
    return 2;
  }
  GstPad* pad = gst_element_get_static_pad(last, "src");
  gst_pad_add_probe(pad, GstPadProbeType(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM), on_data,
                    nullptr, nullptr);
  GstBus* bus = gst_element_get_bus(pipeline);
  const bool started = gst_element_set_state(pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE;
  if (!started) print_line("{\"state\":\"failed\"}");
  bool ended = false;
  while (!ended) {
    GstMessage* message = started ? gst_bus_timed_pop(bus, GST_CLOCK_TIME_NONE) : gst_bus_pop(bus);
    if (message == nullptr) break;
    ended = dump_message(message);
    gst_message_unref(message);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pad);
  gst_object_unref(last);
  gst_object_unref(pipeline);
  return 0;
}
