#include "media_tap.h"

#include <string_view>
#include <utility>

#include "signals.h"

namespace camsim {
namespace {

constexpr const char* kTap = "camsim-tap";
constexpr int kPackets = GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST;
// Where an RTP header has its sequence number and its time, and a sender report its wall clock.
constexpr gsize kSequence = 2;
constexpr gsize kTime = 4;
constexpr gsize kReportType = 1;
constexpr gsize kReportSeconds = 8;
constexpr guint8 kSenderReport = 200;

void DeleteHandle(gpointer handle) { delete static_cast<std::shared_ptr<MediaTap>*>(handle); }

/** To a big-endian number at `offset`, if the packet is that long. */
void Add32(GstBuffer* packet, gsize offset, uint32_t amount) {
  uint32_t number;
  if (gst_buffer_extract(packet, offset, &number, sizeof number) != sizeof number) return;
  number = GUINT32_TO_BE(GUINT32_FROM_BE(number) + amount);
  gst_buffer_fill(packet, offset, &number, sizeof number);
}

void Subtract16(GstBuffer* packet, gsize offset, uint16_t amount) {
  uint16_t number;
  if (gst_buffer_extract(packet, offset, &number, sizeof number) != sizeof number) return;
  number = GUINT16_TO_BE(static_cast<uint16_t>(GUINT16_FROM_BE(number) - amount));
  gst_buffer_fill(packet, offset, &number, sizeof number);
}

}  // namespace

GType MediaTap::MediaType() {
  static const GType type = [] {
    GTypeQuery parent;
    g_type_query(GST_TYPE_RTSP_MEDIA, &parent);
    return g_type_register_static_simple(GST_TYPE_RTSP_MEDIA, "CamsimMedia", parent.class_size, InitClass,
                                         parent.instance_size, nullptr, GTypeFlags{});
  }();
  return type;
}

void MediaTap::InitClass(gpointer klass, gpointer) { GST_RTSP_MEDIA_CLASS(klass)->setup_rtpbin = OnSetup; }

void MediaTap::Attach(GstRTSPMedia* media, GstElement* payloader, Handle tap) {
  GstPtr<GstPad> pad(gst_element_get_static_pad(payloader, "src"));
  Probe<&MediaTap::OnPayload>(pad.get(), kPackets, tap);
  g_object_set_data_full(G_OBJECT(media), kTap, new Handle(std::move(tap)), DeleteHandle);
}

gboolean MediaTap::OnSetup(GstRTSPMedia* media, GstElement* rtpbin) {
  if (auto* tap = static_cast<Handle*>(g_object_get_data(G_OBJECT(media), kTap))) {
    ConnectSignal(rtpbin, "pad-added", G_CALLBACK(OnPad), *tap);
  }
  return TRUE;
}

/*
 * Behind rtpbin and not at the payloader: rtpbin would not send on a packet that is no valid RTP, and its
 * sender reports must count what was sent into the faulty network.
 */
void MediaTap::OnPad(GstElement*, GstPad* pad, gpointer self) {
  const auto& tap = *static_cast<Handle*>(self);
  const std::string_view name(GST_PAD_NAME(pad));
  if (name.starts_with("send_rtp_src")) Probe<&MediaTap::OnRtp>(pad, kPackets, tap);
  if (name.starts_with("send_rtcp_src")) Probe<&MediaTap::OnRtcp>(pad, GST_PAD_PROBE_TYPE_BUFFER, tap);
}

template <GstPadProbeReturn (MediaTap::*Method)(GstPad*, GstPadProbeInfo*)>
void MediaTap::Probe(GstPad* pad, int type, Handle tap) {
  gst_pad_add_probe(
      pad, static_cast<GstPadProbeType>(type),
      [](GstPad* pad, GstPadProbeInfo* info, gpointer self) {
        return (**static_cast<Handle*>(self).*Method)(pad, info);
      },
      new Handle(std::move(tap)), DeleteHandle);
}

/** In front of rtpbin, so that its sender reports jump along. */
GstPadProbeReturn MediaTap::OnPayload(GstPad*, GstPadProbeInfo* info) {
  uint32_t ticks = shift_;
  if (ticks == 0) return GST_PAD_PROBE_OK;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    info->data = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    Add32(GST_PAD_PROBE_INFO_BUFFER(info), kTime, ticks);
    return GST_PAD_PROBE_OK;
  }
  GstBufferList* list = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
  info->data = list;
  gst_buffer_list_foreach(
      list,
      [](GstBuffer** packet, guint, gpointer ticks) -> gboolean {
        *packet = gst_buffer_make_writable(*packet);
        Add32(*packet, kTime, *static_cast<uint32_t*>(ticks));
        return TRUE;
      },
      &ticks);
  return GST_PAD_PROBE_OK;
}

/** On the streaming thread. Everything is sent from here, in place of what came. */
GstPadProbeReturn MediaTap::OnRtp(GstPad* pad, GstPadProbeInfo* info) {
  Packets out;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
    for (guint i = 0; i < gst_buffer_list_length(list); ++i) {
      Take(GstPtr<GstBuffer>(gst_buffer_ref(gst_buffer_list_get(list, i))), out);
    }
    gst_buffer_list_unref(list);
  } else {
    Take(GstPtr<GstBuffer>(GST_PAD_PROBE_INFO_BUFFER(info)), out);
  }
  info->data = nullptr;
  GST_PAD_PROBE_INFO_FLOW_RETURN(info) = Send(pad, std::move(out));
  return GST_PAD_PROBE_HANDLED;
}

void MediaTap::Take(GstPtr<GstBuffer> packet, Packets& out) {
  if (GST_BUFFER_PTS_IS_VALID(packet.get()) && GST_BUFFER_PTS(packet.get()) <= hidden_until_) {
    ++hidden_;
    return;
  }
  packet.reset(gst_buffer_make_writable(packet.release()));
  Subtract16(packet.get(), kSequence, hidden_);
  faults_->Pass(std::move(packet), h265_, Clock::now(), held_, out);
}

GstFlowReturn MediaTap::Send(GstPad* pad, Packets packets) {
  const auto line = Line(pad);
  if (!line) return GST_FLOW_NOT_LINKED;
  GstFlowReturn flow = GST_FLOW_OK;
  if (!faults_->Jitters()) {
    if (line->Send(std::move(packets), std::chrono::nanoseconds(0), flow)) wake_();
    return flow;
  }
  for (auto& packet : packets) {
    Packets alone;
    alone.push_back(std::move(packet));
    line->Send(std::move(alone), faults_->Delay(), flow);
  }
  wake_();
  return flow;
}

std::shared_ptr<DelayLine> MediaTap::Line(GstPad* pad) {
  std::lock_guard lock(mutex_);
  if (!line_) {
    GstPtr<GstPad> peer(gst_pad_get_peer(pad));
    if (peer) line_ = std::make_shared<DelayLine>(std::move(peer));
  }
  return line_;
}

MediaTap::Clock::time_point MediaTap::Deliver(Clock::time_point now) {
  std::shared_ptr<DelayLine> line;
  {
    std::lock_guard lock(mutex_);
    line = line_;
  }
  return line ? line->Deliver(now) : Clock::time_point::max();
}

GstPadProbeReturn MediaTap::OnRtcp(GstPad*, GstPadProbeInfo* info) {
  if (faults_->DropsReports()) return GST_PAD_PROBE_DROP;
  const int64_t offset = faults_->NtpOffset();
  if (offset == 0) return GST_PAD_PROBE_OK;
  GstBuffer* packet = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  info->data = packet;
  guint8 type = 0;
  gst_buffer_extract(packet, kReportType, &type, 1);
  if (type == kSenderReport) Add32(packet, kReportSeconds, static_cast<uint32_t>(offset));
  return GST_PAD_PROBE_OK;
}

}  // namespace camsim
