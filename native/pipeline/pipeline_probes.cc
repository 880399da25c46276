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

void time_batches(GstPad* pad, const std::shared_ptr<Shared>& shared, Look look) {
  add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, [shared, look](GstPadProbeInfo* info) {
    (shared->detector.*look)(GST_PAD_PROBE_INFO_BUFFER(info), monotonic_ns());
    return GST_PAD_PROBE_OK;
  });
}

}  // namespace

void watch_pipeline(const Graph& graph, const Elements& elements, const std::shared_ptr<Shared>& shared) {
  watch_metadata(elements.pad(graph.metadata, GST_PAD_UNKNOWN).get(), shared);
  keep_gate(elements.pad(graph.gate, GST_PAD_UNKNOWN).get(), shared);
  if (graph.detector.empty()) return;
  time_batches(elements.pad({graph.detector, "sink"}, GST_PAD_SINK).get(), shared, &DetectorWatch::into);
  time_batches(elements.pad({graph.detector, "src"}, GST_PAD_SRC).get(), shared, &DetectorWatch::out);
}

}  // namespace weir
