#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "onvif_device.h"
#include "onvif_login.h"

namespace camsim {
namespace {

std::string Soap(const std::string& operation, const std::string& header = "") {
  return "<s:Envelope><s:Header>" + header + "</s:Header><s:Body><" + operation + "/></s:Body></s:Envelope>";
}

HttpRequest Asking(const std::string& body) {
  return {.method = "POST", .path = "/onvif/device_service", .headers = {}, .body = body};
}

// The example of the ONVIF guide: nonce, time and password make this digest.
std::string Token(const std::string& password_digest) {
  return "<UsernameToken><Username>u</Username><Password Type=\"x\">" + password_digest +
         "</Password><Nonce EncodingType=\"y\">LKqI6G/AikKCQrN0zqZFlg==</Nonce>"
         "<Created xmlns=\"z\">2010-09-16T07:50:45Z</Created></UsernameToken>";
}
constexpr const char* kDigest = "tuOSpGlFlIXsozq4HFNeeGeFLEI=";
constexpr std::time_t kCreated = 1284623445;

TEST(OnvifLogin, TakesATokenOfTheRightPasswordAndTime) {
  const OnvifLogin login{"u", "userpassword"};
  const HttpRequest request = Asking(Soap("GetServices", Token(kDigest)));
  EXPECT_TRUE(MayAsk(login, request, kCreated + 5));
  EXPECT_FALSE(MayAsk(login, request, kCreated + 60));
  EXPECT_FALSE(MayAsk({"v", "userpassword"}, request, kCreated));
  EXPECT_FALSE(MayAsk({"u", "other"}, request, kCreated));
  EXPECT_FALSE(MayAsk(login, Asking(Soap("GetServices")), kCreated));
  EXPECT_TRUE(MayAsk({}, Asking(Soap("GetServices")), kCreated));
}

OnvifDevice Device(const OnvifConfig& config = {}) {
  return {config,
          {{.token = "main",
            .uri = "rtsp://127.0.0.1:1/main",
            .encoding = "H264",
            .width = 640,
            .height = 360,
            .fps = 15}}};
}

TEST(OnvifDevice, AnswersWhatItKnowsAndCountsWhatItIsAsked) {
  OnvifDevice device(Device());
  device.SetAddress("http://127.0.0.1:80");
  const std::string profiles = device.Answer(Asking(Soap("tr2:GetProfiles"))).body;
  EXPECT_EQ(ElementText(profiles, "Encoding"), "H264");
  EXPECT_EQ(ElementText(profiles, "Width"), "640");
  const std::string unknown = device.Answer(Asking(Soap("Reboot"))).body;
  EXPECT_NE(unknown.find("ActionNotSupported"), std::string::npos);
  EXPECT_EQ(device.Asked(), (std::map<std::string, int>{{"GetProfiles", 1}, {"Reboot", 1}}));
}

TEST(OnvifDevice, AnswersProbesForCamerasAlone) {
  const OnvifDevice device(Device());
  const auto probe = [](const std::string& types) {
    return "<s:Envelope><s:Header><a:MessageID>urn:uuid:1</a:MessageID></"
           "s:Header><s:Body><d:Probe><d:Types>" +
           types + "</d:Types></d:Probe></s:Body></s:Envelope>";
  };
  EXPECT_EQ(ElementText(device.Match(probe("t:NetworkVideoTransmitter")), "RelatesTo"), "urn:uuid:1");
  EXPECT_EQ(device.Match(probe("t:Printer")), "");
  EXPECT_EQ(device.Match("<d:Hello/>"), "");
}

}  // namespace
}  // namespace camsim
