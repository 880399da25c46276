#include "control.h"

#include <glib-unix.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace camsim {
namespace {

std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (code < 0x20) {
      constexpr const char* kHex = "0123456789abcdef";
      out += {'\\', 'u', '0', '0', kHex[code >> 4], kHex[code & 15]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

template <typename List, typename Write>
void Array(std::ostream& out, const List& list, Write write) {
  out << '[';
  const char* separator = "";
  for (const auto& item : list) {
    out << separator;
    write(item);
    separator = ",";
  }
  out << ']';
}

void WriteStats(std::ostream& out, const CameraStats& stats) {
  out << R"({"id":)" << Quote(stats.id) << R"(,"fileFrames":)" << stats.file_frames << R"(,"framesSent":)"
      << stats.frames_sent << R"(,"framesDropped":)" << stats.frames_dropped << R"(,"runs":)";
  Array(out, stats.runs, [&](const Run& run) {
    out << R"({"firstFrame":)" << run.first_frame << R"(,"frames":)" << run.frames << '}';
  });
  out << R"(,"viewers":)";
  Array(out, stats.viewers,
        [&](const Viewer& viewer) { out << R"({"firstFrame":)" << viewer.first_frame << '}'; });
  out << '}';
}

std::string AllStats(const Server& server) {
  std::ostringstream out;
  out << R"({"cameras":)";
  Array(out, server.Cameras(), [&](const auto& camera) { WriteStats(out, camera->Stats()); });
  out << '}';
  return out.str();
}

std::string SetPaused(const Server& server, const YAML::Node& request, bool paused) {
  const auto id = request["camera"] ? request["camera"].as<std::string>() : "";
  bool found = false;
  for (const auto& camera : server.Cameras()) {
    if (!id.empty() && id != camera->Id()) continue;
    camera->SetPaused(paused);
    found = true;
  }
  if (!found) throw std::runtime_error("there is no camera \"" + id + "\"");
  return "{}";
}

}  // namespace

std::string ReadyLine(const Server& server) {
  std::ostringstream out;
  out << R"({"port":)" << server.Port() << R"(,"cameras":)";
  Array(out, server.Cameras(), [&](const auto& camera) {
    out << R"({"id":)" << Quote(camera->Id()) << R"(,"path":)" << Quote(camera->Path()) << R"(,"uri":)"
        << Quote(server.Uri(*camera)) << '}';
  });
  out << '}';
  return out.str();
}

std::string Answer(const Server& server, const std::string& line) {
  try {
    const YAML::Node request = YAML::Load(line);
    if (!request.IsMap() || !request["op"]) throw std::runtime_error("expected an object with \"op\"");
    const auto op = request["op"].as<std::string>();
    if (op == "stats") return AllStats(server);
    if (op == "pause") return SetPaused(server, request, true);
    if (op == "resume") return SetPaused(server, request, false);
    throw std::runtime_error("unknown op \"" + op + "\"; expected stats, pause or resume");
  } catch (const std::exception& error) {
    return R"({"error":)" + Quote(error.what()) + "}";
  }
}

Control::Control(const Server& server, std::function<void()> on_end)
    : server_(server), on_end_(std::move(on_end)) {
  source_ = g_unix_fd_add(
      STDIN_FILENO, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR),
      [](gint, GIOCondition, gpointer self) { return static_cast<Control*>(self)->Read(); }, this);
}

Control::~Control() {
  if (source_) g_source_remove(source_);
}

gboolean Control::Read() {
  std::array<char, 4096> chunk;
  const ssize_t length = read(STDIN_FILENO, chunk.data(), chunk.size());
  if (length < 0 && (errno == EINTR || errno == EAGAIN)) return G_SOURCE_CONTINUE;
  if (length <= 0) {
    source_ = 0;
    on_end_();
    return G_SOURCE_REMOVE;
  }
  buffer_.append(chunk.data(), static_cast<size_t>(length));
  AnswerLines();
  return G_SOURCE_CONTINUE;
}

void Control::AnswerLines() {
  for (size_t end; (end = buffer_.find('\n')) != std::string::npos; buffer_.erase(0, end + 1)) {
    if (end > 0) std::cout << Answer(server_, buffer_.substr(0, end)) << std::endl;
  }
}

}  // namespace camsim
