#include "pipeline/bus_report.h"

#include <gio/gio.h>

#include <string_view>

#include "pipeline/breadcrumb.h"
#include "pipeline/gpu_failure.h"
#include "pipeline/gst_util.h"
#include "pipeline/lower_case.h"
#include "pipeline/outbound.h"
#include "pipeline/redact.h"

namespace weir {
namespace {

using Owner = std::shared_ptr<BinOwner>;

GQuark owner_quark() { return g_quark_from_static_string("weir-bin-owner"); }

const char* cause_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return "unauthorized";
    case 404:
    case 410:
      return "not-found";
    case 408:
      return "timeout";
    case 415:
      return "codec";
    case 453:  // not enough bandwidth
      return "unavailable";
    case 454:
      return "session";
    default:
      return status >= 500 ? "unavailable" : "source";
  }
}

// Connection failures share one code; only the text says which it was, and not always (rtspsrc's "Generic
// error" is a refused connection as well as an unknown host).
const char* cause_of_text(std::string_view text) {
  const std::string lower = lower_case(text);
  constexpr struct {
    const char* word;
    const char* cause;
  } kWords[] = {{"refused", "refused"}, {"resol", "dns"},       {"timed out", "timeout"},
                {"timeout", "timeout"}, {"certificate", "tls"}, {"handshake", "tls"},
                {"tls", "tls"}};
  for (const auto& [word, cause] : kWords)
    if (lower.find(word) != std::string::npos) return cause;
  return "unreachable";
}

const char* cause_of_resource(int code, std::string_view text) {
  switch (code) {
    case GST_RESOURCE_ERROR_NOT_FOUND:
      return "not-found";
    case GST_RESOURCE_ERROR_NOT_AUTHORIZED:
      return "unauthorized";
    case GST_RESOURCE_ERROR_OPEN_READ:
    case GST_RESOURCE_ERROR_OPEN_WRITE:
    case GST_RESOURCE_ERROR_OPEN_READ_WRITE:
    case GST_RESOURCE_ERROR_READ:
    case GST_RESOURCE_ERROR_WRITE:
    case GST_RESOURCE_ERROR_BUSY:
      return cause_of_text(text);
    default:
      return "source";
  }
}

const char* cause_of_stream(int code) {
  switch (code) {
    case GST_STREAM_ERROR_DECODE:
      return "decode";
    case GST_STREAM_ERROR_TYPE_NOT_FOUND:
    case GST_STREAM_ERROR_WRONG_TYPE:
    case GST_STREAM_ERROR_CODEC_NOT_FOUND:
      return "codec";
    default:
      return "source";
  }
}

const char* cause_of(const GError& error, std::string_view text, int status) {
  if (status >= 400) return cause_of_status(status);
  if (error.domain == G_TLS_ERROR) return "tls";
  if (error.domain == GST_RESOURCE_ERROR) return cause_of_resource(error.code, text);
  if (error.domain == GST_STREAM_ERROR) return cause_of_stream(error.code);
  if (error.domain == GST_CORE_ERROR && error.code == GST_CORE_ERROR_MISSING_PLUGIN) return "codec";
  return "source";
}

// The last line of the debug text is for people, what stands before it names source files.
std::string with_detail(const char* text, const char* debug) {
  std::string message = text;
  std::string_view detail = debug != nullptr ? debug : "";
  const size_t line = detail.rfind('\n');
  if (line == std::string_view::npos) return message;
  detail.remove_prefix(line + 1);
  const auto says = [](std::string_view all, std::string_view part) {
    return lower_case(all).find(lower_case(part)) != std::string::npos;
  };
  if (says(message, detail)) return message;
  if (says(detail, message)) return std::string(detail);
  return message.append(1, ' ').append(detail);
}

// The nearest owner above the sender; `host` if there is none and the sender is in the pipeline. A sender
// that already left the pipeline is of no interest to anyone.
Owner owner_above(GstObject* sender, GstObject* pipeline, const Owner& host) {
  Owner owner;
  GstObject* object = sender != nullptr ? GST_OBJECT(gst_object_ref(sender)) : nullptr;
  while (object != nullptr && owner == nullptr) {
    if (object == pipeline) {
      owner = host;
    } else if (auto* found = static_cast<Owner*>(g_object_get_qdata(G_OBJECT(object), owner_quark()))) {
      owner = *found;
    }
    GstObject* parent = gst_object_get_parent(object);
    gst_object_unref(object);
    object = parent;
  }
  if (object != nullptr) gst_object_unref(object);
  return owner;
}

using Parse = void (*)(GstMessage*, GError**, gchar**);
using ParseDetails = void (*)(GstMessage*, const GstStructure**);

ErrorReport parse(GstMessage* message, Parse parse_text, ParseDetails parse_details) {
  GError* error = nullptr;
  gchar* debug = nullptr;
  const GstStructure* details = nullptr;
  parse_text(message, &error, &debug);
  parse_details(message, &details);
  ErrorReport report = describe_error(*error, debug, details);
  if (GST_MESSAGE_SRC(message) != nullptr) report.element = GST_OBJECT_NAME(GST_MESSAGE_SRC(message));
  g_error_free(error);
  g_free(debug);
  return report;
}

// rtspsrc asks for one thing only once the stream is set up: to play.
bool says_playing(GstMessage* message) {
  GstProgressType type{};
  gchar* about = nullptr;
  gst_message_parse_progress(message, &type, &about, nullptr);
  const bool playing = type == GST_PROGRESS_TYPE_COMPLETE && g_strcmp0(about, "request") == 0;
  g_free(about);
  return playing;
}

// Whoever asks an rtspsrc for something says so at the start; its own thread, what becomes of it.
bool is_of_own_thread(GstMessage* message) {
  GstProgressType type{};
  gst_message_parse_progress(message, &type, nullptr, nullptr);
  return type == GST_PROGRESS_TYPE_CONTINUE || type == GST_PROGRESS_TYPE_COMPLETE;
}

// Streaming threads are taken from a pool and given back: what one was at before must not be blamed for what
// comes. The thread that posts is the one spoken of.
void follow_thread(GstMessage* message, BinOwner* owner) {
  GstStreamStatusType type{};
  gst_message_parse_stream_status(message, &type, nullptr);
  if (type != GST_STREAM_STATUS_TYPE_ENTER && type != GST_STREAM_STATUS_TYPE_LEAVE) return;
  work_on({});
  if (type == GST_STREAM_STATUS_TYPE_ENTER && owner != nullptr) owner->on_thread();
}

bool tells_of_gpu(GstMessage* message, const ErrorReport& report) {
  return is_gpu_failure(report.message) && speaks_for_itself(GST_MESSAGE_SRC(message));
}

void fail_pipeline(const ErrorReport& report, BinOwner& owner, BinOwner& host) {
  owner.on_pipeline_failure();
  host.on_error(report);
}

void deliver_error(GstMessage* message, BinOwner& owner, BinOwner& host) {
  const ErrorReport report = parse(message, gst_message_parse_error, gst_message_parse_error_details);
  if (tells_of_gpu(message, report)) return fail_pipeline(report, owner, host);
  owner.on_error(report);
}

void deliver_warning(GstMessage* message, BinOwner& owner, BinOwner& host) {
  const ErrorReport report = parse(message, gst_message_parse_warning, gst_message_parse_warning_details);
  if (tells_of_gpu(message, report)) return fail_pipeline(report, owner, host);
  owner.on_warning(report);
}

void deliver(GstMessage* message, BinOwner& owner, BinOwner& host) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    deliver_error(message, owner, host);
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) {
    deliver_warning(message, owner, host);
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_PROGRESS) {
    if (is_of_own_thread(message)) owner.on_thread();
    if (says_playing(message)) owner.on_playing();
    if (const auto place = forbidden_place(message))
      owner.on_error({.cause = "forbidden",
                      .message = "the camera redirects to " + *place + ", which is not its own address"});
  } else if (gst_message_has_name(message, "GstRTSPSrcTimeout")) {
    owner.on_error({.cause = "timeout", .message = "the camera is silent"});
  }
}

struct Watch {
  GstObject* pipeline;  // outlives the watch
  Owner host;
};

GstBusSyncReply on_message(GstBus*, GstMessage* message, gpointer data) {
  const auto* watch = static_cast<Watch*>(data);
  constexpr int kTypes = GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_ELEMENT |
                         GST_MESSAGE_PROGRESS | GST_MESSAGE_STREAM_STATUS;
  if (GST_MESSAGE_TYPE(message) & kTypes) {
    const Owner owner = owner_above(GST_MESSAGE_SRC(message), watch->pipeline, watch->host);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_STREAM_STATUS)
      follow_thread(message, owner.get());
    else if (owner)
      deliver(message, *owner, *watch->host);
  }
  gst_message_unref(message);
  return GST_BUS_DROP;
}

}  // namespace

void set_owner(GstElement* bin, std::shared_ptr<BinOwner> owner) {
  g_object_set_qdata_full(G_OBJECT(bin), owner_quark(), new Owner(std::move(owner)),
                          [](gpointer owner) { delete static_cast<Owner*>(owner); });
}

void watch_bus(GstElement* pipeline, std::shared_ptr<BinOwner> host) {
  GstBus* bus = gst_element_get_bus(pipeline);
  gst_bus_set_sync_handler(bus, on_message, new Watch{GST_OBJECT(pipeline), std::move(host)},
                           [](gpointer watch) { delete static_cast<Watch*>(watch); });
  gst_object_unref(bus);
}

void clear_bus(GstElement* pipeline) {
  GstBus* bus = gst_element_get_bus(pipeline);
  gst_bus_set_sync_handler(bus, nullptr, nullptr, nullptr);
  gst_object_unref(bus);
}

ErrorReport describe_error(const GError& error, const char* debug, const GstStructure* details) {
  ErrorReport report;
  if (details != nullptr) {
    guint status = 0;
    if (gst_structure_get_uint(details, "rtsp-status-code", &status) ||
        gst_structure_get_uint(details, "http-status-code", &status))
      report.status = static_cast<int>(status);
  }
  const std::string text = with_detail(error.message, debug);
  report.cause = cause_of(error, text, report.status);
  report.message = redact(text);
  return report;
}

}  // namespace weir
