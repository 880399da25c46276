#include <getopt.h>
#include <glib-unix.h>
#include <gst/gst.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

#include "config.h"
#include "control.h"
#include "fault.h"
#include "line_channel.h"
#include "server.h"

namespace camsim {
namespace {

constexpr const char* kUsage = R"(Usage: camsim --config FILE|- [--port N] [--control N] [--exit-with-stdin]

Simulated RTSP cameras: each plays a video file in an endless loop, as it is encoded.

  --config FILE       JSON; with "-" the first line of standard input. No option takes a password.
  --port N            RTSP port, instead of the one in the config; 0 picks a free one
  --control N         TCP port of 127.0.0.1 that answers as standard input does; 0 picks a free one
  --exit-with-stdin   end when standard input is closed
  --help              this text

Config: {"host":"127.0.0.1","port":0,"ownPort":false,"cameras":[{"id":"cam1","file":"a.h264","fps":15}]}
        ownPort gives each camera a port of its own, whose link can fail alone.
Camera: id, file (Annex-B H.264 or H.265, or MP4; no B-frames), fps (default 15), and if wanted
        codec ("h264", "h265"), start (frame of the file), user, password, toldSize ("1920x1080": what
        its ONVIF profile tells).
Device: "onvif":{} in the config simulates an ONVIF device with a profile per camera. If wanted host, port,
        discoveryPort (WS-Discovery by UDP), multicast (3702 is its port then), name, user, password,
        httpDigest (instead of a token), clockOffset (seconds), mediaVersion (1 or 2; default 2).

Prints one line of JSON when ready: {"port":N,"controlPort":N,"cameras":[{"id","path","uri"}],
"onvif":{"port":N,"discoveryPort":N}}.
Then answers lines of JSON on standard input:
  {"op":"stats"}                   per camera: fileFrames, framesSent, framesDropped, framesRepeated,
                                   framesWithheld {fault: frames}, runs [{firstFrame, frames,
                                   began}], viewers [{firstFrame}], packets, faults; began: Unix ms
  {"op":"pause"|"resume"[,"camera":"cam1"]}
  {"op":"fault"[,"camera":"cam1"],"kind":"freeze"}
  {"op":"clear"[,"camera":"cam1"]}
  {"op":"onvif","kind":"slow"}     malformed, bomb, endless, slow, foreign, redirect or none
Frames are numbered on and on; frame n shows the file's frame n modulo fileFrames. The first client
starts at a key frame at once; a later one joins the running stream. Ends on SIGTERM and SIGINT.

Kinds of fault, and their values. One that lasts takes "seconds" too, and then ends by itself:
)";

struct Options {
  std::string config;
  std::optional<int> port;
  std::optional<int> control;
  bool exit_with_stdin = false;
  bool help = false;
};

int ParsePort(const std::string& option, const char* text) {
  try {
    size_t used;
    const int port = std::stoi(text, &used);
    if (text[used] == '\0' && port >= 0 && port <= 65535) return port;
  } catch (const std::logic_error&) {
  }
  throw std::runtime_error("--" + option + " " + text + ": expected 0 (any free port) to 65535");
}

Options ParseOptions(int argc, char** argv) {
  static const option kOptions[] = {
      {"config", required_argument, nullptr, 'c'},  {"port", required_argument, nullptr, 'p'},
      {"control", required_argument, nullptr, 'o'}, {"exit-with-stdin", no_argument, nullptr, 'e'},
      {"help", no_argument, nullptr, 'h'},          {}};
  Options options;
  for (int key; (key = getopt_long(argc, argv, "", kOptions, nullptr)) != -1;) {
    if (key == 'c') options.config = optarg;
    if (key == 'p') options.port = ParsePort("port", optarg);
    if (key == 'o') options.control = ParsePort("control", optarg);
    if (key == 'e') options.exit_with_stdin = true;
    if (key == 'h') options.help = true;
    if (key == '?') throw std::runtime_error("see --help");
  }
  if (optind < argc) throw std::runtime_error(std::string("unexpected argument: ") + argv[optind]);
  if (options.config.empty() && !options.help) throw std::runtime_error("--config is missing; see --help");
  return options;
}

std::string ReadConfig(const std::string& file) {
  std::string text;
  if (file == "-") {
    // Byte by byte: what follows the line is for the requests.
    for (char c; read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) text += c;
    return text;
  }
  std::ifstream in(file);
  if (!in) throw std::runtime_error("--config " + file + ": cannot be opened");
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

gboolean Quit(gpointer loop) {
  g_main_loop_quit(static_cast<GMainLoop*>(loop));
  return G_SOURCE_CONTINUE;
}

void Serve(const Options& options) {
  Config config = ParseConfig(ReadConfig(options.config));
  if (options.port) config.port = *options.port;
  Server server(config);
  GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
  g_unix_signal_add(SIGTERM, Quit, loop);
  g_unix_signal_add(SIGINT, Quit, loop);
  const auto answer = [&](const std::string& line) { return Answer(server, line); };
  std::optional<ControlPort> control;
  if (options.control) control.emplace(*options.control, answer);
  std::cout << ReadyLine(server, control ? control->Port() : 0) << std::endl;
  const LineChannel input(STDIN_FILENO, STDOUT_FILENO, answer, [&] {
    if (options.exit_with_stdin) g_main_loop_quit(loop);
  });
  g_main_loop_run(loop);
  g_main_loop_unref(loop);
}

}  // namespace
}  // namespace camsim

int main(int argc, char** argv) {
  try {
    const auto options = camsim::ParseOptions(argc, argv);
    if (options.help) {
      std::cout << camsim::kUsage << camsim::FaultHelp();
      return 0;
    }
    gst_init(nullptr, nullptr);
    camsim::Serve(options);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "camsim: " << error.what() << "\n";
    return 1;
  }
}
