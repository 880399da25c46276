#include <ctime>
#include <initializer_list>
#include <stdexcept>

#include "fault.h"
#include "fault_site.h"
#include "generated_units.h"

namespace camsim {
namespace {

using Type = FaultParameter::Type;
using Site = FaultSite;

const FaultParameter kSeed{"seed", Type::kNumber, "chance begins anew from it", false, 0, 0x1p53};

FaultParameter Fraction(const char* help) { return {"fraction", Type::kNumber, help, true, 0, 1}; }

void Reseed(const Site& site, const Fault& fault) {
  if (fault.Has("seed")) site.camera.Packets().Seed(static_cast<uint64_t>(fault.Number("seed")));
}

void BeginRefuse(const Site& site, const Fault&) {
  site.link->Refuse(true);
  site.hang_up();
}

void SetBlackhole(const Site& site, bool on) {
  site.link->Blackhole(on);
  site.camera.BlackholeUdp(on);
}

void SetThrottle(const Site& site, double bytes_per_second) {
  site.link->Throttle(bytes_per_second);
  site.camera.ThrottleUdp(bytes_per_second);
}

void BeginStatus(const Site& site, const Fault& fault) {
  const auto code = static_cast<int>(fault.Number("code"));
  bool known = false;
  for (const int each : {401, 403, 404, 454, 500, 503}) known = known || each == code;
  if (!known) throw std::runtime_error("status: \"code\": expected 401, 403, 404, 454, 500 or 503");
  site.camera.SetStatus(static_cast<GstRTSPStatusCode>(code));
  if (fault.Flag("drop")) site.hang_up();
}

void BeginFreeze(const Site& site, const Fault& fault) {
  site.camera.Packets().SilenceReports(!fault.Flag("rtcp"));
  site.camera.Freeze(true);
}

void EndFreeze(const Site& site) {
  site.camera.Freeze(false);
  site.camera.Packets().SilenceReports(false);
}

std::shared_ptr<const AccessUnits> Units(const Site& site, const Fault& fault) {
  const auto codec = fault.Text("codec");
  if (codec == "jpeg") return JpegUnits();
  if (codec == "pcmu") return SilentUnits(site.camera.Config().fps);
  if (!codec.empty() && codec != "h264" && codec != "h265") {
    throw std::runtime_error("switch: \"codec\": expected h264, h265, jpeg or pcmu");
  }
  if (!fault.Has("file"))
    throw std::runtime_error("switch: \"file\" is missing; expected the path of a video file");
  return site.load(fault.Text("file"), codec);
}

void Show(const Site& site, const std::shared_ptr<const AccessUnits>& units) {
  if (!site.camera.Show(units)) site.hang_up();
}

void BeginNtp(const Site& site, const Fault& fault) {
  const auto to_1970 = -static_cast<double>(std::time(nullptr));
  site.camera.Packets().SetNtpOffset(static_cast<int64_t>(fault.Number("offset", to_1970)));
}

std::vector<FaultKind> LinkKinds() {
  return {
      {.name = "refuse",
       .help = "connections are refused, existing ones reset",
       .begin = BeginRefuse,
       .end = [](const Site& site) { site.link->Refuse(false); },
       .needs_link = true},
      {.name = "kill",
       .help = "once: all connections are reset (closed, without ownPort), all sessions forgotten",
       .begin = [](const Site& site, const Fault&) { site.hang_up(); }},
      {.name = "flap",
       .help = "a kill again and again",
       .parameters = {{"everySeconds", Type::kNumber, "the first after as long", true, 0.05, 1e6}},
       .begin = [](const Site&, const Fault&) {},
       .end = [](const Site&) {},
       .again = [](const Site& site) { site.hang_up(); }},
      {.name = "blackhole",
       .help = "connections stay open or are accepted, but nothing passes",
       .begin = [](const Site& site, const Fault&) { SetBlackhole(site, true); },
       .end = [](const Site& site) { SetBlackhole(site, false); },
       .needs_link = true},
      {.name = "throttle",
       .help = "so much passes each way; the camera withholds frames, from UDP clients packets are lost",
       .parameters = {{"bytesPerSecond", Type::kNumber, "", true, 100, 1e9}},
       .begin = [](const Site& site,
                   const Fault& fault) { SetThrottle(site, fault.Number("bytesPerSecond")); },
       .end = [](const Site& site) { SetThrottle(site, 0); },
       .needs_link = true},
      {.name = "status",
       .help = "DESCRIBE and SETUP are answered by an error",
       .parameters = {{"code", Type::kNumber, "401, 403, 404, 454, 500 or 503", true, 401, 503},
                      {"drop", Type::kFlag, "a kill as well"}},
       .begin = BeginStatus,
       .end = [](const Site& site) { site.camera.SetStatus(GST_RTSP_STS_OK); }},
  };
}

std::vector<FaultKind> MediaKinds() {
  return {
      {.name = "freeze",
       .help = "connections stay open, but no picture is sent; frame numbers stand still",
       .parameters = {{"rtcp", Type::kFlag, "sender reports go on (default false)"}},
       .begin = BeginFreeze,
       .end = EndFreeze},
      {.name = "frozenPicture",
       .help = "the latest key frame again and again; frame numbers stand still",
       .begin = [](const Site& site, const Fault&) { site.camera.Repeat(true); },
       .end = [](const Site& site) { site.camera.Repeat(false); }},
      {.name = "lateKey",
       .help = "a client that comes gets no key frame at first",
       .parameters = {{"seconds", Type::kNumber, "for so long after each PLAY", true, 0, 1e6}},
       .begin = [](const Site& site, const Fault& fault) { site.camera.DelayKeys(fault.Number("seconds")); },
       .end = [](const Site& site) { site.camera.DelayKeys(0); }},
      {.name = "switch",
       .help = "another file, from a key frame on; in another codec after a kill",
       .parameters = {{"file", Type::kText, "as in the config"},
                      {"codec", Type::kText,
                       "h264, h265; jpeg and pcmu, one picture and silence, need no file"}},
       .begin = [](const Site& site, const Fault& fault) { Show(site, Units(site, fault)); },
       .end =
           [](const Site& site) {
             const CameraConfig& config = site.camera.Config();
             Show(site, site.load(config.file, config.codec));
           }},
      {.name = "rate",
       .help = "another frame rate",
       .parameters = {{"fps", Type::kNumber, "", true, 0.01, 1000}},
       .begin = [](const Site& site, const Fault& fault) { site.camera.SetRate(fault.Number("fps")); },
       .end = [](const Site& site) { site.camera.SetRate(site.camera.Config().fps); }},
      {.name = "timestampJump",
       .help = "once: RTP time jumps",
       .parameters = {{"seconds", Type::kNumber, "back when below 0", true, -40000, 40000}},
       .begin = [](const Site& site, const Fault& fault) { site.camera.JumpTime(fault.Number("seconds")); }},
      {.name = "timestampWrap",
       .help = "a kill; RTP time of media made from then on wraps",
       .parameters = {{"seconds", Type::kNumber, "after their beginning", true, 0.1, 40000}},
       .begin =
           [](const Site& site, const Fault& fault) {
             site.camera.WrapTimeIn(fault.Number("seconds"));
             site.hang_up();
           },
       .end = [](const Site& site) { site.camera.WrapTimeIn({}); }},
      {.name = "ssrc",
       .help = "a kill; media made from then on have this SSRC",
       .parameters = {{"value", Type::kNumber, "", true, 1, 0xffffffff}},
       .begin =
           [](const Site& site, const Fault& fault) {
             site.camera.SetSsrc(static_cast<uint32_t>(fault.Number("value")));
             site.hang_up();
           },
       .end = [](const Site& site) { site.camera.SetSsrc({}); }},
      {.name = "ntp",
       .help = "sender reports tell a wrong time: 1970, if no offset is given",
       .parameters = {{"offset", Type::kNumber, "seconds added", false, -4e9, 4e9}},
       .begin = BeginNtp,
       .end = [](const Site& site) { site.camera.Packets().SetNtpOffset(0); }},
  };
}

std::vector<FaultKind> PacketKinds() {
  return {
      {.name = "loss",
       .help = "packets are lost",
       .parameters = {Fraction("of all packets"), kSeed},
       .begin =
           [](const Site& site, const Fault& fault) {
             Reseed(site, fault);
             site.camera.Packets().SetLoss(fault.Number("fraction"));
           },
       .end = [](const Site& site) { site.camera.Packets().SetLoss(0); }},
      {.name = "reorder",
       .help = "packets come late, after others",
       .parameters = {Fraction("of all packets"),
                      {"distance", Type::kNumber, "how many others (default 3)", false, 1, 1000},
                      kSeed},
       .begin =
           [](const Site& site, const Fault& fault) {
             Reseed(site, fault);
             site.camera.Packets().SetReorder(fault.Number("fraction"),
                                              static_cast<int>(fault.Number("distance", 3)));
           },
       .end = [](const Site& site) { site.camera.Packets().SetReorder(0, 1); }},
      {.name = "jitter",
       .help = "packets are delayed by chance, but stay in order",
       .parameters = {{"ms", Type::kNumber, "at most", true, 0, 60000}, kSeed},
       .begin =
           [](const Site& site, const Fault& fault) {
             Reseed(site, fault);
             site.camera.Packets().SetJitter(
                 std::chrono::microseconds(static_cast<int64_t>(fault.Number("ms") * 1000)));
           },
       .end = [](const Site& site) { site.camera.Packets().SetJitter({}); }},
      {.name = "corrupt",
       .help = "packets are spoilt: random bytes, bad lengths, types and fragments, truncated",
       .parameters = {Fraction("of all packets"), kSeed},
       .begin =
           [](const Site& site, const Fault& fault) {
             Reseed(site, fault);
             site.camera.Packets().SetCorrupt(fault.Number("fraction"));
           },
       .end = [](const Site& site) { site.camera.Packets().SetCorrupt(0); }},
  };
}

}  // namespace

const std::vector<FaultKind>& FaultKinds() {
  static const std::vector<FaultKind> kinds = [] {
    std::vector<FaultKind> all = LinkKinds();
    for (const auto& more : {MediaKinds(), PacketKinds()}) all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return kinds;
}

}  // namespace camsim
