#include <gst/gst.h>
#include <gtest/gtest.h>

#include "pipeline/bus_report.h"
#include "pipeline/redact.h"
#include "pipeline/source_identity.h"

namespace weir {
namespace {

TEST(Redact, TakesCredentialsOutOfAnyUri) {
  EXPECT_EQ(redact("no uri: user@host"), "no uri: user@host");
  EXPECT_EQ(redact("rtsp://user:pass@10.0.0.1/x"), "rtsp://***@10.0.0.1/x");
  EXPECT_EQ(redact("a rtsp://u:p@ss/w@h/x, b rtsp://h2/y c http://k:l@m"),
            "a rtsp://***@h/x, b rtsp://h2/y c http://***@m");
  EXPECT_EQ(redact("rtsp://"), "rtsp://");
}

struct ErrorCase {
  GQuark domain;
  int code;
  const char* debug;
  guint status;
  const char* cause;
};

TEST(BusReport, TellsCausesInTheFieldsWords) {
  const ErrorCase cases[] = {
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "x", 401, "unauthorized"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "x", 0, "unauthorized"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "x", 404, "not-found"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "x", 0, "not-found"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "x", 403, "unauthorized"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "x", 407, "unauthorized"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "x", 400, "source"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "x", 454, "session"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "x", 500, "unavailable"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "x", 503, "unavailable"},
      {g_quark_from_static_string("g-tls-error-quark"), 2, "x", 0, "tls"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE, "Connection refused", 0, "refused"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE, "Error resolving \"x\"", 0, "dns"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "Timeout while waiting", 0, "timeout"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE, "TLS handshake failed", 0, "tls"},
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE, "Generic error", 0, "unreachable"},
      {GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE, "x", 0, "decode"},
      {GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND, "x", 0, "codec"},
      {GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "x", 0, "source"},
      {GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN, "x", 0, "codec"},
  };
  for (const ErrorCase& c : cases) {
    GError error{c.domain, c.code, const_cast<char*>("It failed.")};
    const std::string debug = std::string("file.c(1): f (): /x:\n") + c.debug;
    GstStructure* details = gst_structure_new("details", "rtsp-status-code", G_TYPE_UINT, c.status, nullptr);
    const ErrorReport report = describe_error(error, debug.c_str(), details);
    EXPECT_EQ(report.cause, c.cause) << c.debug;
    EXPECT_EQ(report.status, static_cast<int>(c.status));
    gst_structure_free(details);
  }
}

TEST(BusReport, SaysEachThingOnceAndNoCredentials) {
  GError error{GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, const_cast<char*>("Not found")};
  EXPECT_EQ(describe_error(error, "f.c(1): /x:\nNot Found (404)", nullptr).message, "Not Found (404)");
  EXPECT_EQ(describe_error(error, "f.c(1): /x:\nnot found", nullptr).message, "Not found");
  EXPECT_EQ(describe_error(error, "f.c(1): /x:\nat rtsp://a:b@c/d", nullptr).message,
            "Not found at rtsp://***@c/d");
}

TEST(SourceIdentity, CallsACameraThatGoesAwayEndedAndOneThatNeverCameUnreachable) {
  for (const bool connected : {false, true}) {
    std::vector<Event> events;
    const auto reports =
        std::make_shared<Reports>(Handlers{[&](const Event& event) { events.push_back(event); }, {}});
    SourceIdentity source(3, 11, 7, "H264", reports);
    if (connected) source.on_playing();
    source.on_error({.cause = "unreachable", .message = "System error"});
    source.on_error({.cause = "unreachable", .message = "Another"});  // dragged along
    ASSERT_EQ(events.size(), connected ? 2u : 1u);
    EXPECT_EQ(events.back().cause, connected ? "eos" : "unreachable");
    EXPECT_EQ(events.back().message, connected ? "the connection broke: System error" : "System error");
    EXPECT_EQ(events.back().slot, 3);
    EXPECT_EQ(events.back().epoch, 7);
  }
}

TEST(SourceIdentity, TellsNothingOnceItIsClosed) {
  int events = 0;
  const auto reports = std::make_shared<Reports>(Handlers{[&](const Event&) { events++; }, {}});
  SourceIdentity source(0, 1, 1, "H264", reports);
  source.connected();
  source.connected();
  EXPECT_EQ(events, 1);
  source.close();
  source.report({.type = Event::Type::kFirstFrame});
  source.on_error({.cause = "eos"});
  source.on_warning({.message = "late"});
  EXPECT_EQ(events, 1);
}

}  // namespace
}  // namespace weir
