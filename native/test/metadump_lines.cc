#include "metadump_lines.h"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>

#include "gst-nvdscustomevent.h"
#include "gst-nvevent.h"
#include "gstnvdsmeta.h"
#include "nvbufsurface.h"

namespace metadump {
namespace {

std::string box(float left, float top, float width, float height) {
  return format("[%.9g,%.9g,%.9g,%.9g]", left, top, width, height);
}

std::string box(const NvBbox_Coords& b) { return box(b.left, b.top, b.width, b.height); }

std::string object_json(const NvDsObjectMeta& o) {
  const auto& r = o.rect_params;
  return format("{\"class\":%d,\"component\":%d,\"confidence\":%.9g,\"id\":\"%" PRIu64 "\",", o.class_id,
                o.unique_component_id, o.confidence, o.object_id) +
         "\"label\":" + quoted(o.obj_label) + ",\"text\":" + quoted(o.text_params.display_text) +
         ",\"box\":" + box(r.left, r.top, r.width, r.height) +
         ",\"detector\":" + box(o.detector_bbox_info.org_bbox_coords) +
         ",\"tracker\":" + box(o.tracker_bbox_info.org_bbox_coords) +
         format(",\"border\":%u,\"trackerConfidence\":%.9g}", r.border_width, o.tracker_confidence);
}

// Whether the frame and its objects say that they belong to this batch.
bool owned(const NvDsFrameMeta& f, const NvDsBatchMeta* batch) {
  bool all = f.base_meta.batch_meta == batch;
  for (NvDsMetaList* l = f.obj_meta_list; l != nullptr; l = l->next)
    all = all && static_cast<NvDsObjectMeta*>(l->data)->base_meta.batch_meta == batch;
  return all;
}

std::string frame_members(const NvDsFrameMeta& f, const NvDsBatchMeta* batch) {
  std::string text = format(
      "\"frame\":%d,\"pad\":%u,\"slot\":%u,\"pts\":%" PRIu64 ",\"ntp\":%" PRIu64
      ",\"inferred\":%s,\"source\":[%u,%u],\"canvas\":[%u,%u],\"address\":\"%p\",\"owned\":%s,\"count\":%u,"
      "\"objects\":[",
      f.frame_num, f.pad_index, f.batch_id, f.buf_pts, f.ntp_timestamp, f.bInferDone ? "true" : "false",
      f.source_frame_width, f.source_frame_height, f.pipeline_width, f.pipeline_height,
      static_cast<const void*>(&f), owned(f, batch) ? "true" : "false", f.num_obj_meta);
  for (NvDsMetaList* l = f.obj_meta_list; l != nullptr; l = l->next)
    text.append(l == f.obj_meta_list ? "" : ",").append(object_json(*static_cast<NvDsObjectMeta*>(l->data)));
  return text.append("]");
}

bool holds_surface(GstPad* pad) {
  g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
  return caps != nullptr && gst_caps_features_contains(gst_caps_get_features(caps, 0), "memory:NVMM");
}

// Width and height of each surface, and for how many there is room.
std::string surface_members(GstPad* pad, GstBuffer* buffer) {
  GstMapInfo map;
  if (!holds_surface(pad) || !gst_buffer_map(buffer, &map, GST_MAP_READ)) return "";
  const auto* surface = reinterpret_cast<NvBufSurface*>(map.data);
  std::string text = format(",\"room\":%u,\"surfaces\":[", surface->batchSize);
  for (guint i = 0; i < surface->numFilled; i++)
    text +=
        format("%s[%u,%u]", i == 0 ? "" : ",", surface->surfaceList[i].width, surface->surfaceList[i].height);
  gst_buffer_unmap(buffer, &map);
  return text + "]";
}

guint pad_of(GstEvent* event) {
  guint pad = 0;
  // NVIDIA's functions may write to them unasked.
  GstSegment* segment = nullptr;
  gchar* stream_id = nullptr;
  switch (static_cast<guint>(GST_EVENT_TYPE(event))) {
    case GST_NVEVENT_PAD_ADDED:
      gst_nvevent_parse_pad_added(event, &pad);
      break;
    case GST_NVEVENT_PAD_DELETED:
      gst_nvevent_parse_pad_deleted(event, &pad);
      break;
    case GST_NVEVENT_STREAM_EOS:
      gst_nvevent_parse_stream_eos(event, &pad);
      break;
    case GST_NVEVENT_STREAM_RESET:
      gst_nvevent_parse_stream_reset(event, &pad);
      break;
    case GST_NVEVENT_STREAM_SEGMENT:
      gst_nvevent_parse_stream_segment(event, &pad, &segment);
      break;
    case GST_NVEVENT_STREAM_START:
      gst_nvevent_parse_stream_start(event, &pad, &stream_id);
      break;
    default:
      break;
  }
  return pad;
}

// nullptr for events without a pad number.
const char* pad_event_name(guint type) {
  switch (type) {
    case GST_NVEVENT_PAD_ADDED:
      return "pad-added";
    case GST_NVEVENT_PAD_DELETED:
      return "pad-deleted";
    case GST_NVEVENT_STREAM_EOS:
      return "stream-eos";
    case GST_NVEVENT_STREAM_RESET:
      return "stream-reset";
    case GST_NVEVENT_STREAM_SEGMENT:
      return "pad-segment";
    case GST_NVEVENT_STREAM_START:
      return "pad-stream-start";
    default:
      return nullptr;
  }
}

const char* event_name(guint type) {
  if (const char* name = pad_event_name(type)) return name;
  if (type == GST_NVEVENT_UPDATE_CAPS) return "update-caps";
  if (type == GST_NVEVENT_INFER_INTERVAL_UPDATE) return "infer-interval-update";
  return gst_event_type_get_name(static_cast<GstEventType>(type));
}

}  // namespace

std::string quoted(const char* text) {
  std::string out = "\"";
  for (const char* c = text == nullptr ? "" : text; *c != '\0'; c++) {
    if (static_cast<unsigned char>(*c) < ' ')
      out += format("\\u%04x", *c);
    else
      out.append(*c == '"' || *c == '\\' ? "\\" : "").append(1, *c);
  }
  return out + "\"";
}

std::string format(const char* pattern, ...) {
  va_list args;
  va_start(args, pattern);
  g_autofree gchar* text = g_strdup_vprintf(pattern, args);
  va_end(args);
  return text;
}

void Lines::print(const std::string& kind, const std::string& line) {
  std::lock_guard lock(mutex_);
  std::puts(line.c_str());
  seen_[kind]++;
  changed_.notify_all();
}

bool Lines::wait(const std::string& kind, int count, std::chrono::seconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [&] { return ended_ || seen_[kind] >= count; });
  return seen_[kind] >= count;
}

void Lines::end() {
  std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

Watch::Watch(Lines& lines, GstPad* pad, const std::string& at) : lines_(lines), at_(at) {
  const auto types = GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM;
  gst_pad_add_probe(pad, static_cast<GstPadProbeType>(types), on_data, this, nullptr);
}

GstPadProbeReturn Watch::on_data(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  auto* self = static_cast<Watch*>(data);
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0)
    self->buffer(pad, GST_PAD_PROBE_INFO_BUFFER(info));
  else
    self->event(GST_PAD_PROBE_INFO_EVENT(info));
  return GST_PAD_PROBE_OK;
}

void Watch::print(const std::string& kind, const std::string& members) {
  if (at_.empty()) return lines_.print(kind, "{" + members + "}");
  lines_.print(at_ + "/" + kind, "{\"at\":" + quoted(at_.c_str()) + "," + members + "}");
}

void Watch::buffer(GstPad* pad, GstBuffer* buffer) {
  NvDsBatchMeta* batch = gst_buffer_get_nvds_batch_meta(buffer);
  if (batch == nullptr) return print("buffer", "\"buffer\":\"without batch metadata\"");
  print("batch", format("\"batch\":%u,\"max\":%u,\"time\":%" PRIu64, batch->num_frames_in_batch,
                        batch->max_frames_in_batch, GST_BUFFER_PTS(buffer)) +
                     surface_members(pad, buffer));
  for (NvDsMetaList* l = batch->frame_meta_list; l != nullptr; l = l->next)
    print("frame", frame_members(*static_cast<NvDsFrameMeta*>(l->data), batch));
}

void Watch::event(GstEvent* event) {
  const auto type = static_cast<guint>(GST_EVENT_TYPE(event));
  const char* name = event_name(type);
  std::string members = "\"event\":" + quoted(name) + format(",\"type\":%u", type);
  if (pad_event_name(type) != nullptr) members += format(",\"pad\":%u", pad_of(event));
  if (const GstStructure* structure = gst_event_get_structure(event)) {
    g_autofree gchar* text = gst_structure_to_string(structure);
    members += ",\"structure\":" + quoted(text);
  }
  print(name, members);
}

}  // namespace metadump
