#include <gio/gio.h>

#include "pipeline/outbound.h"
#include "pipeline/provider.h"
#include "pipeline_fixture.h"

namespace weir::test {
namespace {

// What GIO would do with a connection to this address: nothing, or the reason it refuses.
std::string refusal(const char* uri) {
  GError* error = nullptr;
  gchar** proxies = g_proxy_resolver_lookup(g_proxy_resolver_get_default(), uri, nullptr, &error);
  std::string reason = error != nullptr ? error->message : "";
  if (proxies != nullptr) {
    EXPECT_STREQ(proxies[0], "direct://");
  }
  g_strfreev(proxies);
  g_clear_error(&error);
  return reason;
}

TEST(Outbound, NamesAPlaceBySchemeHostAndPort) {
  constexpr struct {
    const char* uri;
    const char* place;
  } kCases[] = {{"rtsp://cam/a/b?c=d", "rtsp://cam:554"},
                {"RTSP://CAM:8554", "rtsp://cam:8554"},
                {"rtsps://cam/x", "rtsps://cam:322"},
                {"rtsp://[fd00::1]/x", "rtsp://[fd00::1]:554"},
                {"rtsp://[fd00::1]:555?x", "rtsp://[fd00::1]:555"},
                {"rtsp://user:p@ss@cam#x", "rtsp://cam:554"},
                {"/media/film.mp4", ""},
                {"rtsp:///x", ""}};
  for (const auto& [uri, place] : kCases) EXPECT_EQ(place_of(uri), place);
}

TEST(Outbound, LetsGioConnectWhereASourceMayAndNowhereElse) {
  load_provider();
  constexpr char kCamera[] = "rtsp://127.0.0.1:8554";
  EXPECT_NE(refusal(kCamera), "");
  {
    const Permit first("rtsp://127.0.0.1:8554/a");
    {
      const Permit second("rtsp://127.0.0.1:8554/b");
      EXPECT_EQ(refusal(kCamera), "");
    }
    EXPECT_EQ(refusal(kCamera), "");
    EXPECT_EQ(refusal("rtsp://127.0.0.1:8555"), "no source has the address rtsp://127.0.0.1:8555");
    EXPECT_NE(refusal("rtsps://127.0.0.1:8554"), "");
    EXPECT_NE(refusal("http://127.0.0.1:8554"), "");
  }
  EXPECT_NE(refusal(kCamera), "");
}

TEST(Outbound, PermitsNothingForAFile) {
  load_provider();
  const Permit file("/media/film.mp4");
  EXPECT_FALSE(is_permitted("/media/film.mp4"));
  EXPECT_FALSE(is_permitted(""));
}

}  // namespace
}  // namespace weir::test
