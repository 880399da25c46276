#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace camsim {

struct CameraConfig {
  std::string id;
  std::string file;
  /** "h264", "h265" or empty: see LoadAccessUnits. */
  std::string codec;
  double fps = 15;
  /** Frame of the file to begin near: the first client gets the next key frame. */
  uint64_t start = 0;
  /** Both empty: the camera asks for no password. */
  std::string user;
  std::string password;
  /** What its ONVIF profile tells of the picture, `1920x1080`; empty: what is true. */
  std::string told_size;
};

/** A device by whose services the cameras are found. */
struct OnvifConfig {
  std::string host = "127.0.0.1";
  /** 0: any free port. */
  int port = 0;
  /** Of WS-Discovery, by UDP. */
  int discovery_port = 0;
  bool multicast = false;
  std::string name = "camsim";
  /** Both empty: anybody may ask. */
  std::string user;
  std::string password;
  /** HTTP Digest instead of a token in the request. */
  bool http_digest = false;
  /** Seconds the device's clock is ahead. */
  double clock_offset = 0;
  /** 1 or 2: the older service for profiles knows no H.265. */
  int media_version = 2;
};

struct Config {
  std::string host = "127.0.0.1";
  /** 0: any free port. */
  int port = 0;
  /** Each camera has a TCP port of its own, whose faults are its own. */
  bool own_port = false;
  std::optional<OnvifConfig> onvif;
  std::vector<CameraConfig> cameras;
};

/** From JSON. Throws std::runtime_error that names the place and what was expected. */
Config ParseConfig(const std::string& json);

}  // namespace camsim
