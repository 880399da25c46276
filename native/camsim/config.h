#pragma once

#include <cstdint>
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
};

struct Config {
  std::string host = "127.0.0.1";
  /** 0: any free port. */
  int port = 0;
  /** Each camera has a TCP port of its own, whose faults are its own. */
  bool own_port = false;
  std::vector<CameraConfig> cameras;
};

/** From JSON. Throws std::runtime_error that names the place and what was expected. */
Config ParseConfig(const std::string& json);

}  // namespace camsim
