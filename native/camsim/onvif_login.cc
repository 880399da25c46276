#include "onvif_login.h"

#include <glib.h>

#include <cstdlib>
#include <memory>
#include <regex>

#include "gst_ptr.h"

namespace camsim {
namespace {

constexpr const char* kRealm = "camsim";
constexpr const char* kNonce = "5f2a7c11";
/** Real devices allow less than they say. */
constexpr double kMostSkew = 10;

std::string Decoded(const std::string& base64) {
  gsize length = 0;
  const GstPtr<gchar> bytes(reinterpret_cast<gchar*>(g_base64_decode(base64.c_str(), &length)));
  return {bytes.get(), length};
}

std::string TokenDigest(const std::string& text) {
  guint8 digest[20];
  gsize length = sizeof digest;
  const std::unique_ptr<GChecksum, decltype(&g_checksum_free)> sum(g_checksum_new(G_CHECKSUM_SHA1),
                                                                   g_checksum_free);
  g_checksum_update(sum.get(), reinterpret_cast<const guchar*>(text.data()),
                    static_cast<gssize>(text.size()));
  g_checksum_get_digest(sum.get(), digest, &length);
  return GstPtr<gchar>(g_base64_encode(digest, length)).get();
}

std::string Md5(const std::string& text) {
  return GstPtr<gchar>(g_compute_checksum_for_string(G_CHECKSUM_MD5, text.c_str(), -1)).get();
}

bool IsNear(const std::string& created, std::time_t now) {
  const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> time(
      g_date_time_new_from_iso8601(created.c_str(), nullptr), g_date_time_unref);
  return time && std::abs(static_cast<double>(g_date_time_to_unix(time.get()) - now)) <= kMostSkew;
}

bool HasToken(const OnvifLogin& login, const std::string& xml, std::time_t now) {
  const std::string created = ElementText(xml, "Created");
  const std::string digest = TokenDigest(Decoded(ElementText(xml, "Nonce")) + created + login.password);
  return ElementText(xml, "Username") == login.user && ElementText(xml, "Password") == digest &&
         IsNear(created, now);
}

std::string Field(const std::string& header, const std::string& name) {
  std::smatch found;
  const std::regex pattern("\\b" + name + "=\"?([^\",]*)");
  return std::regex_search(header, found, pattern) ? found[1].str() : "";
}

bool HasDigest(const OnvifLogin& login, const HttpRequest& request) {
  const std::string header = request.Header("authorization");
  if (header.rfind("Digest ", 0) != 0 || Field(header, "username") != login.user) return false;
  const std::string secret = Md5(login.user + ':' + kRealm + ':' + login.password);
  const std::string what = Md5(request.method + ':' + request.path);
  const std::string once = std::string(kNonce) + ':' + Field(header, "nc") + ':' + Field(header, "cnonce");
  return Field(header, "response") == Md5(secret + ':' + once + ":auth:" + what);
}

}  // namespace

bool MayAsk(const OnvifLogin& login, const HttpRequest& request, std::time_t now) {
  if (login.user.empty()) return true;
  return login.http_digest ? HasDigest(login, request) : HasToken(login, request.body, now);
}

std::string DigestChallenge() {
  return std::string("Digest realm=\"") + kRealm + R"(", qop="auth", algorithm=MD5, nonce=")" + kNonce + '"';
}

std::string ElementText(const std::string& xml, const std::string& name) {
  std::smatch found;
  const std::regex pattern("<(?:\\w+:)?" + name + "(?:\\s[^>]*)?>([^<]*)<");
  return std::regex_search(xml, found, pattern) ? found[1].str() : "";
}

}  // namespace camsim
