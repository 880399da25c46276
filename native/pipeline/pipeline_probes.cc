#include "pipeline/pipeline_probes.h"

#include "gstnvdsmeta.h"
#include "pipeline/gst_util.h"

namespace weir {
namespace {

void watch_metadata(GstPad* pad, const std::shared_ptr<Shared>& shared) {
  add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
            [shared](GstPadProbeInfo* info) {
              if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
                shared->tap.on_event(GST_PAD_PROBE_INFO_EVENT(info));
              else if (const auto* batch = gst_buffer_get_nvds_batch_meta(GST_PAD_PROBE_INFO_BUFFER(info)))
                shared->tap.on_batch(*batch);
              return GST_PAD_PROBE_OK;
            });
}

void keep_gate(GstPad* pad, const std::shared_ptr<Shared>& shared) {
  add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, [shared](GstPadProbeInfo*) {
    return shared->open_branches > 0 ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
  });
}

using Look = void (DetectorWatch::*)(const void* batch, int64_t now_ns);
using Pass = void (FrameClock::*)(GstClockTime pts, int64_t now_ns);

void time_frames(GstBuffer* buffer, Shared& shared, Pass pass, int64_t now_ns) {
  const NvDsBatchMeta* batch = gst_buffer_get_nvds_batch_meta(buffer);
  if (batch == nullptr) return;
  for (const GList* item = batch->frame_meta_list; item != nullptr; item = item->next) {
    const auto& frame = *static_cast<const NvDsFrameMeta*>(item->data);
    if (frame.pad_index < shared.counters.slot_count)
      (shared.clocks[frame.pad_index].*pass)(frame.buf_pts, now_ns);
  }
}

void time_batches(GstPad* pad, const std::shared_ptr<Shared>& shared, Look look, Pass pass) {
  add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, [shared, look, pass](GstPadProbeInfo* info) {
    GstBuffer* batch = GST_PAD_PROBE_INFO_BUFFER(info);
    const int64_t now_ns = monotonic_ns();
    (shared->detector.*look)(batch, now_ns);
    time_frames(batch, *shared, pass, now_ns);
    return GST_PAD_PROBE_OK;
  });
}

}  // namespace

void watch_pipeline(const Graph& graph, const Elements& elements, const std::shared_ptr<Shared>& shared) {
  watch_metadata(elements.pad(graph.metadata, GST_PAD_UNKNOWN).get(), shared);
  keep_gate(elements.pad(graph.gate, GST_PAD_UNKNOWN).get(), shared);
  if (graph.detector.empty()) return;
  time_batches(elements.pad({graph.detector, "sink"}, GST_PAD_SINK).get(), shared, &DetectorWatch::into,
               &FrameClock::batched);
  time_batches(elements.pad({graph.detector, "src"}, GST_PAD_SRC).get(), shared, &DetectorWatch::out,
               &FrameClock::inferred);
}

}  // namespace weir
