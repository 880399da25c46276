#include "pipeline/source.h"

#include "pipeline/datagram_guard.h"
#include "pipeline/failure.h"
#include "pipeline/login_guard.h"
#include "pipeline/report_watch.h"
#include "pipeline/source_probes.h"

namespace weir {
namespace {

using WeakSource = std::weak_ptr<Source>;

CapsPtr caps_of(GstPad* pad) {
  GstCaps* caps = gst_pad_get_current_caps(pad);
  return CapsPtr(caps != nullptr ? caps : gst_pad_query_caps(pad, nullptr));
}

// `JPEG (video)` for RTP, the media type for the rest.
std::string codec_name(const GstCaps* caps) {
  if (gst_caps_is_any(caps) || gst_caps_get_size(caps) == 0) return "unknown data";
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  const gchar* encoding = gst_structure_get_string(structure, "encoding-name");
  if (encoding == nullptr) return gst_structure_get_name(structure);
  const gchar* media = gst_structure_get_string(structure, "media");
  return encoding + (media != nullptr ? " (" + std::string(media) + ')' : "");
}

// What the SDP announces is called application/x-unknown until its transport is set up.
CapsPtr as_rtp(const GstCaps* caps) {
  GstCaps* copy = gst_caps_copy(caps);
  for (guint i = 0; i < gst_caps_get_size(copy); i++)
    gst_structure_set_name(gst_caps_get_structure(copy, i), "application/x-rtp");
  return CapsPtr(copy);
}

std::string codec_list(const SourceTemplate& from) {
  std::string list;
  for (const SourceVariant& variant : from.variants) list += (list.empty() ? "" : ", ") + variant.codec;
  return list;
}

bool is_live(GstPad* pad) {
  GstQuery* query = gst_query_new_latency();
  gboolean live = FALSE;
  if (gst_pad_query(pad, query)) gst_query_parse_latency(query, &live, nullptr, nullptr);
  gst_query_unref(query);
  return live;
}

// A file's time starts at zero, while the pipeline has been running for a while.
void shift_to_now(GstElement* bin, GstPad* pad) {
  const GstClockTime now = gst_element_get_current_running_time(bin);
  if (now != GST_CLOCK_TIME_NONE) gst_pad_set_offset(pad, static_cast<gint64>(now));
}

guint64 picture_bound(GstElement* queue) {
  const guint64 bound =
      has_property(queue, "max-size-buffers") ? unsigned_property(queue, "max-size-buffers") : 0;
  return bound != 0 ? bound : G_MAXINT;
}

std::string address_of(const Params& params) {
  const auto uri = params.find("uri");
  const auto* text = uri != params.end() ? std::get_if<std::string>(&uri->second) : nullptr;
  return text != nullptr ? *text : "";
}

}  // namespace

Source::Source(int slot, const SourceTemplate& from, const SourceParams& params,
               std::shared_ptr<Reports> reports, SlotCounters& counters, FrameClock& clock)
    : template_(from),
      params_(params.params),
      permit_(address_of(params.params)),
      identity_(std::make_shared<SourceIdentity>(slot, params.token, params.epoch, codec_list(from),
                                                 std::move(reports))),
      counters_(counters),
      clock_(clock),
      sender_(std::make_shared<SenderClock>(counters)),
      selection_(params.selection) {
  GstElement* bin = gst_bin_new(("slot" + std::to_string(slot)).c_str());
  bin_.reset(GST_ELEMENT(gst_object_ref_sink(bin)));
  set_owner(bin, identity_);
  elements_.emplace(GST_BIN(bin), "slot" + std::to_string(slot) + "-", &params_);
}

void Source::build() {
  elements_->add(template_.nodes);
  elements_->link(template_.links);
  pad_ = gst_ghost_pad_new_no_target("src", GST_PAD_SRC);
  gst_element_add_pad(bin(), pad_);
  watch_output();
  watch_dynamic(elements_->at(template_.dynamic));
}

// The end of one source must not reach the mux as such: the removal sends it, when nothing follows.
void Source::watch_output() {
  const auto probe = [identity = identity_, started = started_, &counters = counters_,
                      &clock = clock_](GstPadProbeInfo* info) {
    each_buffer(info, [&](GstBuffer* picture) {
      weir::add(counters.muxed);
      clock.decoded(GST_BUFFER_PTS(picture), monotonic_ns());
    });
    if (!(info->type & (GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH)))
      return GST_PAD_PROBE_OK;
    switch (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info))) {
      case GST_EVENT_EOS:
        identity->fail({.cause = "eos", .message = "the stream ended"});
        return GST_PAD_PROBE_DROP;
      case GST_EVENT_FLUSH_START:
      case GST_EVENT_FLUSH_STOP:
        return GST_PAD_PROBE_DROP;
      default:
        *started = true;
        return GST_PAD_PROBE_OK;
    }
  };
  add_probe(pad_,
            GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                GST_PAD_PROBE_TYPE_EVENT_FLUSH,
            probe);
}

void Source::watch_dynamic(GstElement* element) {
  guard_login(element, identity_);
  watch_reports(element, sender_);
  keep_datagrams_home(element, address_of(params_));
  const WeakSource self = weak_from_this();
  connect_signal(element, "select-stream",
                 G_CALLBACK(+[](GstElement*, guint stream, GstCaps* caps, gpointer data) -> gboolean {
                   const auto source = static_cast<WeakSource*>(data)->lock();
                   return source && source->selects(stream, caps);
                 }),
                 self);
  connect_signal(element, "pad-added", G_CALLBACK(+[](GstElement*, GstPad* pad, gpointer data) {
                   if (const auto source = static_cast<WeakSource*>(data)->lock()) source->pad_added(pad);
                 }),
                 self);
  connect_signal(element, "no-more-pads", G_CALLBACK(+[](GstElement*, gpointer data) {
                   if (const auto source = static_cast<WeakSource*>(data)->lock())
                     source->identity_->check_accepted();
                 }),
                 self);
  if (GstPad* pad = gst_element_get_static_pad(element, "src")) {
    const PadPtr owned(pad);
    pad_added(pad);
  }
}

const SourceVariant* Source::variant_for(const GstCaps* caps) const {
  for (const SourceVariant& variant : template_.variants) {
    const CapsPtr wanted(gst_caps_from_string(variant.caps.c_str()));
    if (wanted && gst_caps_can_intersect(wanted.get(), caps)) return &variant;
  }
  return nullptr;
}

// Asked before the stream is set up, and again when the element falls back to another transport.
bool Source::selects(guint stream, const GstCaps* caps) {
  std::lock_guard lock(mutex_);
  const CapsPtr announced = as_rtp(caps);
  if (variant_for(announced.get()) == nullptr) {
    identity_->refuse(codec_name(caps));
    return false;
  }
  if (!stream_) stream_ = stream;
  return *stream_ == stream;
}

void Source::pad_added(GstPad* pad) {
  std::lock_guard lock(mutex_);
  if (closed_ || GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
  const CapsPtr caps = caps_of(pad);
  const SourceVariant* variant = variant_for(caps.get());
  if (variant == nullptr) return identity_->refuse(codec_name(caps.get()));
  if (variant_ != nullptr && variant_ != variant) return;
  try {
    attach(*variant, pad);
  } catch (const Failure& failure) {
    const bool missing = failure.code() == code::kElement;
    identity_->fail(
        {.cause = missing ? "codec" : "source", .message = variant->codec + ": " + failure.what()});
  }
}

void Source::attach(const SourceVariant& variant, GstPad* pad) {
  identity_->accept();
  const bool first = variant_ == nullptr;
  if (first) {
    variant_ = &variant;
    elements_->add(variant.nodes);
    elements_->link(variant.links);
    watch_flow(variant.codec);
    const PadPtr exit = elements_->pad({template_.exit, ""}, GST_PAD_SRC);
    gst_ghost_pad_set_target(GST_GHOST_PAD(pad_), exit.get());
    if (!is_live(pad)) shift_to_now(bin(), elements_->pad({template_.roles.parser, ""}, GST_PAD_SRC).get());
    for (const Node& node : variant.nodes) gst_element_sync_state_with_parent(elements_->at(node.id));
  }
  const PadPtr entry = elements_->pad({variant.entry, ""}, GST_PAD_SINK);
  if (!gst_pad_is_linked(entry.get())) link_pads(pad, entry.get(), "the source and \"" + variant.entry + '"');
  identity_->connected();
}

void Source::watch_flow(const std::string& codec) {
  const SourceRoles& roles = template_.roles;
  GstElement* decoded = elements_->at(roles.decoded_queue);
  flow_ = std::make_shared<SourceFlow>(counters_, picture_bound(decoded), selection_, codec);
  watch_parser(elements_->at(roles.parser), codec, flow_, identity_);
  watch_arrival(elements_->at(roles.encoded_queue), clock_, sender_);
  guard_encoded_queue(elements_->at(roles.encoded_queue), flow_);
  if (roles.packets.empty())
    watch_times(elements_->at(roles.parser), counters_, identity_);
  else
    watch_packets(elements_->at(roles.packets), counters_, sender_, identity_);
  watch_pictures(elements_->at(roles.decoder), counters_);
  watch_decoder(elements_->at(roles.decoder), flow_, identity_);
  watch_decoded_queue(decoded, flow_, identity_);
}

void Source::stop() {
  const WorkScope scope(identity_->at(Stage::kStop));
  identity_->close();
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  gst_element_set_state(bin(), GST_STATE_NULL);
}

void Source::select(const Selection& selection) {
  std::lock_guard lock(mutex_);
  selection_ = selection;
  if (flow_) flow_->select(selection);
}

void Source::settle() {
  if (flow_) flow_->settle();
}

}  // namespace weir
