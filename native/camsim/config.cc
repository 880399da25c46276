#include "config.h"

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <set>
#include <stdexcept>

namespace camsim {
namespace {

using Setters = std::map<std::string, std::function<void(const YAML::Node&)>>;

template <typename T>
std::function<void(const YAML::Node&)> Into(T& field, const char* expected) {
  return [&field, expected](const YAML::Node& value) {
    try {
      field = value.as<T>();
    } catch (const YAML::Exception&) {
      throw std::runtime_error(std::string("expected ") + expected);
    }
  };
}

void Apply(const YAML::Node& object, const std::string& where, const Setters& setters) {
  if (!object.IsMap()) throw std::runtime_error(where + ": expected a JSON object");
  for (const auto& entry : object) {
    const auto key = entry.first.as<std::string>();
    const auto setter = setters.find(key);
    if (setter == setters.end()) throw std::runtime_error(where + ": unknown key \"" + key + "\"");
    try {
      setter->second(entry.second);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(where + "." + key + ": " + error.what());
    }
  }
}

void Check(bool good, const std::string& where, const char* expected) {
  if (!good) throw std::runtime_error(where + ": " + expected);
}

bool IsId(const std::string& text) {
  constexpr const char* kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  if (text.empty() || text.size() > 63 || text[0] == '_' || text[0] == '-') return false;
  return text.find_first_not_of(kAllowed) == std::string::npos;
}

CameraConfig ParseCamera(const YAML::Node& node, const std::string& where) {
  CameraConfig camera;
  Apply(node, where,
        {{"id", Into(camera.id, "a string")},
         {"file", Into(camera.file, "a path")},
         {"codec", Into(camera.codec, "\"h264\" or \"h265\"")},
         {"fps", Into(camera.fps, "a number")},
         {"start", Into(camera.start, "a frame number, 0 or more")},
         {"user", Into(camera.user, "a string")},
         {"password", Into(camera.password, "a string")},
         {"toldSize", Into(camera.told_size, "a size, e.g. \"1920x1080\"")}});
  Check(IsId(camera.id), where + ".id", "expected to match ^[a-z0-9][a-z0-9_-]{0,62}$");
  Check(!camera.file.empty(), where + ".file", "missing; expected the path of a video file");
  Check(camera.codec.empty() || camera.codec == "h264" || camera.codec == "h265", where + ".codec",
        "expected \"h264\" or \"h265\"");
  Check(camera.fps > 0 && camera.fps <= 1000, where + ".fps", "expected more than 0 and at most 1000");
  Check(camera.user.empty() == camera.password.empty(), where, "expected both user and password, or neither");
  return camera;
}

std::vector<CameraConfig> ParseCameras(const YAML::Node& list) {
  if (!list.IsSequence() || list.size() == 0) throw std::runtime_error("expected a list of cameras");
  std::vector<CameraConfig> cameras;
  std::set<std::string> ids;
  for (size_t i = 0; i < list.size(); ++i) {
    std::string where = "cameras[";
    where += std::to_string(i) + "]";
    cameras.push_back(ParseCamera(list[i], where));
    Check(ids.insert(cameras.back().id).second, where + ".id", "expected an id that no other camera has");
  }
  return cameras;
}

OnvifConfig ParseOnvif(const YAML::Node& node) {
  OnvifConfig onvif;
  Apply(node, "config.onvif",
        {{"host", Into(onvif.host, "an address")},
         {"port", Into(onvif.port, "a port number")},
         {"discoveryPort", Into(onvif.discovery_port, "a port number")},
         {"multicast", Into(onvif.multicast, "true or false")},
         {"name", Into(onvif.name, "a string")},
         {"user", Into(onvif.user, "a string")},
         {"password", Into(onvif.password, "a string")},
         {"httpDigest", Into(onvif.http_digest, "true or false")},
         {"clockOffset", Into(onvif.clock_offset, "seconds")},
         {"mediaVersion", Into(onvif.media_version, "1 or 2")}});
  Check(onvif.user.empty() == onvif.password.empty(), "config.onvif",
        "expected both user and password, or neither");
  constexpr int kGroupPort = 3702;
  if (onvif.multicast && onvif.discovery_port == 0) onvif.discovery_port = kGroupPort;
  return onvif;
}

}  // namespace

Config ParseConfig(const std::string& json) {
  YAML::Node root;
  try {
    root = YAML::Load(json);  // JSON is a subset of YAML
  } catch (const YAML::Exception& error) {
    throw std::runtime_error(std::string("config: not JSON: ") + error.what());
  }
  Config config;
  Apply(root, "config",
        {{"host", Into(config.host, "an address")},
         {"port", Into(config.port, "a port number")},
         {"ownPort", Into(config.own_port, "true or false")},
         {"onvif", [&](const YAML::Node& node) { config.onvif = ParseOnvif(node); }},
         {"cameras", [&](const YAML::Node& list) { config.cameras = ParseCameras(list); }}});
  Check(config.port >= 0 && config.port <= 65535, "config.port", "expected 0 (any free port) to 65535");
  Check(!config.cameras.empty(), "config.cameras", "missing; expected at least one camera");
  return config;
}

}  // namespace camsim
