#include "pipeline/report_watch.h"

#include <string_view>

#include "pipeline/gst_util.h"

namespace weir {
namespace {

using Clock = std::shared_ptr<SenderClock>;

void take_report(SenderClock& clock, GstBuffer* packet) {
  uint8_t bytes[256];  // the report comes first, or close to it
  const gsize size = gst_buffer_extract(packet, 0, bytes, sizeof(bytes));
  if (const auto report = sender_report_in(bytes, size)) clock.take(*report, g_get_real_time() * 1000);
}

// Elements of a session offer what they heard in ways that differ by release; its pad is there in all of
// them.
void pad_added(GstElement*, GstPad* pad, gpointer data) {
  if (!std::string_view(GST_PAD_NAME(pad)).starts_with("recv_rtcp_sink")) return;
  add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
            [clock = *static_cast<Clock*>(data)](GstPadProbeInfo* info) {
              each_buffer(info, [&](GstBuffer* packet) { take_report(*clock, packet); });
              return GST_PAD_PROBE_OK;
            });
}

void manager_made(GstElement*, GstElement* manager, gpointer data) {
  connect_signal(manager, "pad-added", G_CALLBACK(pad_added), *static_cast<Clock*>(data));
}

}  // namespace

void watch_reports(GstElement* source, const Clock& clock) {
  connect_signal(source, "new-manager", G_CALLBACK(manager_made), clock);
}

}  // namespace weir
