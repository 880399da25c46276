#include "control.h"

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "json.h"

namespace camsim {
namespace {

void WriteStats(std::ostream& out, const CameraStats& stats, const std::vector<std::string>& faults) {
  out << R"({"id":)" << Quote(stats.id) << R"(,"fileFrames":)" << stats.file_frames << R"(,"framesSent":)"
      << stats.frames_sent << R"(,"framesDropped":)" << stats.frames_dropped << R"(,"framesRepeated":)"
      << stats.frames_repeated << R"(,"framesWithheld":{)";
  const char* separator = "";
  for (const auto& [fault, frames] : stats.frames_withheld) {
    out << std::exchange(separator, ",") << Quote(fault) << ':' << frames;
  }
  out << R"(},"runs":)";
  WriteArray(out, stats.runs, [&](const Run& run) {
    out << R"({"firstFrame":)" << run.first_frame << R"(,"frames":)" << run.frames << R"(,"began":)"
        << std::chrono::duration_cast<std::chrono::milliseconds>(run.began.time_since_epoch()).count() << '}';
  });
  out << R"(,"viewers":)";
  WriteArray(out, stats.viewers,
             [&](const Viewer& viewer) { out << R"({"firstFrame":)" << viewer.first_frame << '}'; });
  out << R"(,"packets":{"sent":)" << stats.packets.sent << R"(,"lost":)" << stats.packets.lost
      << R"(,"reordered":)" << stats.packets.reordered << R"(,"corrupted":)" << stats.packets.corrupted
      << R"(},"faults":)";
  WriteArray(out, faults, [&](const std::string& fault) { out << fault; });
  out << '}';
}

std::string Stats(Server& server, const YAML::Node&) {
  std::ostringstream out;
  out << R"({"cameras":)";
  WriteArray(out, server.Cameras(),
             [&](const auto& camera) { WriteStats(out, camera->Stats(), server.FaultsOf(*camera).Json()); });
  if (Onvif* onvif = server.OnvifOrNull()) {
    out << R"(,"onvif":{)";
    const char* separator = "";
    for (const auto& [operation, count] : onvif->Device().Asked())
      out << std::exchange(separator, ",") << Quote(operation) << ':' << count;
    out << '}';
  }
  out << '}';
  return out.str();
}

/** Does it to the camera that the request names, or to all when it names none. */
std::string ForEach(Server& server, const YAML::Node& request, const std::function<void(Camera&)>& act) {
  const auto id = request["camera"] ? request["camera"].as<std::string>() : "";
  bool found = false;
  for (const auto& camera : server.Cameras()) {
    if (!id.empty() && id != camera->Id()) continue;
    act(*camera);
    found = true;
  }
  if (!found) throw std::runtime_error("there is no camera \"" + id + "\"");
  return "{}";
}

std::string BeginFault(Server& server, const YAML::Node& request) {
  const Fault fault = ParseFault(request);
  return ForEach(server, request, [&](Camera& camera) { server.FaultsOf(camera).Begin(fault); });
}

std::string Clear(Server& server, const YAML::Node& request) {
  return ForEach(server, request, [&](Camera& camera) { server.FaultsOf(camera).Clear(); });
}

std::string Pause(Server& server, const YAML::Node& request) {
  return ForEach(server, request, [](Camera& camera) { camera.SetPaused(true); });
}

std::string Resume(Server& server, const YAML::Node& request) {
  return ForEach(server, request, [](Camera& camera) { camera.SetPaused(false); });
}

/** One at a time; `none` ends it. */
std::string SpoilOnvif(Server& server, const YAML::Node& request) {
  Onvif* onvif = server.OnvifOrNull();
  if (!onvif) throw std::runtime_error("onvif: needs \"onvif\" in the config");
  onvif->Device().SetFault(ParseOnvifFault(request["kind"] ? request["kind"].as<std::string>() : ""));
  return "{}";
}

using Operation = std::string (*)(Server&, const YAML::Node&);

Operation FindOperation(const std::string& name) {
  static const std::map<std::string, Operation> operations{{"stats", Stats},   {"pause", Pause},
                                                           {"resume", Resume}, {"fault", BeginFault},
                                                           {"clear", Clear},   {"onvif", SpoilOnvif}};
  const auto found = operations.find(name);
  if (found != operations.end()) return found->second;
  throw std::runtime_error("unknown op \"" + name +
                           "\"; expected stats, pause, resume, fault, clear or onvif");
}

}  // namespace

std::string ReadyLine(const Server& server, int control_port) {
  std::ostringstream out;
  out << R"({"port":)" << server.Port();
  if (control_port > 0) out << R"(,"controlPort":)" << control_port;
  out << R"(,"cameras":)";
  WriteArray(out, server.Cameras(), [&](const auto& camera) {
    out << R"({"id":)" << Quote(camera->Id()) << R"(,"path":)" << Quote(camera->Path()) << R"(,"uri":)"
        << Quote(server.Uri(*camera)) << '}';
  });
  if (const Onvif* onvif = server.OnvifOrNull())
    out << R"(,"onvif":{"port":)" << onvif->Port() << R"(,"discoveryPort":)" << onvif->DiscoveryPort() << '}';
  out << '}';
  return out.str();
}

std::string Answer(Server& server, const std::string& line) {
  try {
    const YAML::Node request = YAML::Load(line);
    if (!request.IsMap() || !request["op"]) throw std::runtime_error("expected an object with \"op\"");
    return FindOperation(request["op"].as<std::string>())(server, request);
  } catch (const std::exception& error) {
    return R"({"error":)" + Quote(error.what()) + "}";
  }
}

}  // namespace camsim
