#include "onvif_device.h"

#include <glib.h>

#include <cmath>
#include <ctime>
#include <regex>
#include <stdexcept>

#include "gst_ptr.h"
#include "onvif_login.h"

namespace camsim {
namespace {

constexpr const char* kDevice = "http://www.onvif.org/ver10/device/wsdl";
constexpr const char* kMedia = "http://www.onvif.org/ver10/media/wsdl";
constexpr const char* kMedia2 = "http://www.onvif.org/ver20/media/wsdl";
/** Nobody's: an address for documentation. */
constexpr const char* kElsewhere = "203.0.113.9";
constexpr double kSlowSeconds = 30;

const std::map<std::string, OnvifFault>& Faults() {
  static const std::map<std::string, OnvifFault> faults{
      {"none", OnvifFault::kNone},        {"malformed", OnvifFault::kMalformed},
      {"bomb", OnvifFault::kBomb},        {"endless", OnvifFault::kEndless},
      {"slow", OnvifFault::kSlow},        {"foreign", OnvifFault::kForeign},
      {"redirect", OnvifFault::kRedirect}};
  return faults;
}

std::string Escaped(const std::string& text) {
  return GstPtr<gchar>(g_markup_escape_text(text.c_str(), -1)).get();
}

/** For a scope, which ends at a blank. */
std::string PercentEncoded(const std::string& text) {
  return GstPtr<gchar>(g_uri_escape_string(text.c_str(), nullptr, TRUE)).get();
}

std::string Element(const std::string& name, const std::string& content) {
  const std::string end = name.substr(0, name.find(' '));
  return '<' + name + '>' + content + "</" + end + '>';
}

std::string Envelope(const std::string& body) {
  return R"(<?xml version="1.0" encoding="UTF-8"?>)"
         R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope")"
         R"( xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl")"
         R"( xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema">)" +
         Element("s:Body", body) + "</s:Envelope>";
}

std::string FaultBody(const std::string& subcode, const std::string& reason) {
  return Element("s:Fault",
                 Element("s:Code", Element("s:Value", "s:Sender") +
                                       Element("s:Subcode", Element("s:Value", "ter:" + subcode))) +
                     Element("s:Reason", Element("s:Text xml:lang=\"en\"", reason)));
}

/** Name of the first element of the body. */
std::string OperationIn(const std::string& xml) {
  std::smatch found;
  static const std::regex pattern(R"(<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+))");
  return std::regex_search(xml, found, pattern) ? found[1].str() : "";
}

std::string Service(const char* name_space, const std::string& address) {
  return Element("tds:Service",
                 Element("tds:Namespace", name_space) + Element("tds:XAddr", address) +
                     Element("tds:Version", Element("tt:Major", "2") + Element("tt:Minor", "0")));
}

std::string Resolution(const OnvifProfile& profile) {
  return Element("tt:Resolution", Element("tt:Width", std::to_string(profile.width)) +
                                      Element("tt:Height", std::to_string(profile.height)));
}

std::string Rates(const OnvifProfile& profile) {
  return Element("tt:FrameRateLimit", std::to_string(std::lround(profile.fps))) +
         Element("tt:BitrateLimit", "2048");
}

}  // namespace

OnvifFault ParseOnvifFault(const std::string& name) {
  const auto found = Faults().find(name);
  if (found != Faults().end()) return found->second;
  std::string names;
  for (const auto& [each, fault] : Faults()) names += (names.empty() ? "" : ", ") + each;
  throw std::runtime_error("unknown kind \"" + name + "\"; expected one of " + names);
}

OnvifDevice::OnvifDevice(const OnvifConfig& config, std::vector<OnvifProfile> profiles)
    : config_(config), profiles_(std::move(profiles)) {}

std::time_t OnvifDevice::Now() const {
  return std::time(nullptr) + static_cast<std::time_t>(config_.clock_offset);
}

HttpResponse OnvifDevice::Answer(const HttpRequest& request) {
  const std::string operation = OperationIn(request.body);
  {
    std::lock_guard lock(mutex_);
    asked_[operation]++;
  }
  HttpResponse response;
  response.headers["Content-Type"] = "application/soap+xml; charset=utf-8";
  const OnvifLogin login{config_.user, config_.password, config_.http_digest};
  if (operation != "GetSystemDateAndTime" && !MayAsk(login, request, Now())) {
    response.status = config_.http_digest ? 401 : 400;
    if (config_.http_digest) response.headers["WWW-Authenticate"] = DigestChallenge();
    response.body = Envelope(FaultBody("NotAuthorized", "Sender not authorized"));
    return response;
  }
  response.body = Envelope(Body(operation, request.body));
  const OnvifFault fault = fault_;
  if (fault == OnvifFault::kMalformed) response.body.resize(response.body.size() / 2);
  if (fault == OnvifFault::kBomb)
    response.body = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><x>&b;</x>";
  if (fault == OnvifFault::kEndless) response.endless = true;
  if (fault == OnvifFault::kSlow) response.delay_seconds = kSlowSeconds;
  if (fault == OnvifFault::kRedirect) {
    response.status = 302;
    response.headers["Location"] = std::string("http://") + kElsewhere + "/onvif/device_service";
  }
  return response;
}

std::string OnvifDevice::Body(const std::string& operation, const std::string& request) const {
  if (operation == "GetSystemDateAndTime") return DateAndTime();
  if (operation == "GetDeviceInformation")
    return Element("tds:GetDeviceInformationResponse",
                   Element("tds:Manufacturer", "Weir") + Element("tds:Model", Escaped(config_.name)) +
                       Element("tds:FirmwareVersion", "1.0") + Element("tds:SerialNumber", "1") +
                       Element("tds:HardwareId", "camsim"));
  if (operation == "GetServices" && config_.media_version == 2) return Services();
  if (operation == "GetCapabilities") return Capabilities();
  if (operation == "GetProfiles") return config_.media_version == 2 ? Profiles() : OldProfiles();
  if (operation == "GetStreamUri") return StreamUri(request);
  return FaultBody("ActionNotSupported", "Optional Action Not Implemented");
}

std::string OnvifDevice::DateAndTime() const {
  const std::time_t now = Now();
  std::tm utc{};
  gmtime_r(&now, &utc);
  const auto number = [](const char* name, int value) { return Element(name, std::to_string(value)); };
  const std::string time =
      number("tt:Hour", utc.tm_hour) + number("tt:Minute", utc.tm_min) + number("tt:Second", utc.tm_sec);
  const std::string date = number("tt:Year", utc.tm_year + 1900) + number("tt:Month", utc.tm_mon + 1) +
                           number("tt:Day", utc.tm_mday);
  return Element("tds:GetSystemDateAndTimeResponse",
                 Element("tds:SystemDateAndTime",
                         Element("tt:DateTimeType", "NTP") +
                             Element("tt:UTCDateTime", Element("tt:Time", time) + Element("tt:Date", date))));
}

std::string OnvifDevice::Services() const {
  return Element("tds:GetServicesResponse", Service(kDevice, Foreign(address_ + "/onvif/device_service")) +
                                                Service(kMedia, Foreign(address_ + "/onvif/media")) +
                                                Service(kMedia2, Foreign(address_ + "/onvif/media2")));
}

std::string OnvifDevice::Capabilities() const {
  return Element("tds:GetCapabilitiesResponse",
                 Element("tds:Capabilities",
                         Element("tt:Media", Element("tt:XAddr", Foreign(address_ + "/onvif/media")))));
}

std::string OnvifDevice::Profiles() const {
  std::string list;
  for (const OnvifProfile& profile : profiles_) {
    const std::string encoder =
        Element("tr2:VideoEncoder token=\"e\" GovLength=\"25\" Profile=\"Main\"",
                Element("tt:Encoding", profile.encoding) + Resolution(profile) +
                    Element("tt:RateControl ConstantBitRate=\"false\"", Rates(profile)));
    list += Element("tr2:Profiles fixed=\"true\" token=\"" + profile.token + '"',
                    Element("tr2:Name", profile.token) + Element("tr2:Configurations", encoder));
  }
  return Element("tr2:GetProfilesResponse", list);
}

std::string OnvifDevice::OldProfiles() const {
  std::string list;
  for (const OnvifProfile& profile : profiles_) {
    const std::string encoder =
        Element("tt:VideoEncoderConfiguration token=\"e\"",
                Element("tt:Encoding", profile.encoding) + Resolution(profile) +
                    Element("tt:RateControl", Rates(profile)) +
                    Element("tt:H264", Element("tt:GovLength", "25") + Element("tt:H264Profile", "Main")));
    list += Element("trt:Profiles fixed=\"true\" token=\"" + profile.token + '"',
                    Element("tt:Name", profile.token) + encoder);
  }
  return Element("trt:GetProfilesResponse", list);
}

std::string OnvifDevice::StreamUri(const std::string& request) const {
  const std::string token = ElementText(request, "ProfileToken");
  for (const OnvifProfile& profile : profiles_) {
    if (profile.token != token) continue;
    // As many devices do: a query, whose "&" is escaped.
    const std::string uri = Escaped(Foreign(profile.uri) + "?unicast=true&proto=Onvif");
    return config_.media_version == 2
               ? Element("tr2:GetStreamUriResponse", Element("tr2:Uri", uri))
               : Element("trt:GetStreamUriResponse", Element("trt:MediaUri", Element("tt:Uri", uri)));
  }
  return FaultBody("NoProfile", "The requested profile token does not exist.");
}

std::string OnvifDevice::Foreign(const std::string& uri) const {
  if (fault_ != OnvifFault::kForeign) return uri;
  static const std::regex host(R"(^(\w+://)([^/:]+))");
  return std::regex_replace(uri, host, std::string("$1admin:hush@") + kElsewhere);
}

std::string OnvifDevice::Match(const std::string& probe) const {
  static const std::regex wanted(R"(<(?:\w+:)?Probe[\s/>])");
  if (!std::regex_search(probe, wanted)) return "";
  const std::string types = ElementText(probe, "Types");
  if (!types.empty() && types.find("NetworkVideoTransmitter") == std::string::npos) return "";
  return R"(<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope")"
         R"( xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing")"
         R"( xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header><a:RelatesTo>)" +
         Escaped(ElementText(probe, "MessageID")) +
         R"(</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>)"
         R"(urn:uuid:camsim</a:Address></a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types>)"
         R"(<d:Scopes>onvif://www.onvif.org/name/)" +
         PercentEncoded(config_.name) + R"( onvif://www.onvif.org/hardware/camsim</d:Scopes><d:XAddrs>)" +
         Foreign(address_ + "/onvif/device_service") +
         R"(</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>)";
}

std::map<std::string, int> OnvifDevice::Asked() const {
  std::lock_guard lock(mutex_);
  return asked_;
}

}  // namespace camsim
