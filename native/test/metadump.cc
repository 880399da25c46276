// Runs a pipeline given as gst-launch text and prints what passes some of its pads: one JSON line per frame
// with all its metadata, one per event; and one per error or element message of the bus. For tests.
#include <gst/gst.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gst-nvmessage.h"
#include "metadump_lines.h"
#include "metadump_script.h"

namespace metadump {
namespace {

constexpr char kUsage[] =
    "usage: metadump 'PIPELINE' [ELEMENT.PAD...]\n"
    "Without pads, the src pad of the element `last` is watched. A script may stand on standard input; what "
    "it may\n"
    "say is in metadump_script.h.\n";
constexpr char kQuit[] = "metadump-quit";

std::vector<std::string> read_script() {
  std::vector<std::string> script;
  if (isatty(STDIN_FILENO) == 0)
    for (std::string line; std::getline(std::cin, line);) script.push_back(line);
  return script;
}

class Run {
 public:
  explicit Run(const char* text) {
    g_autoptr(GError) error = nullptr;
    pipeline_ = gst_parse_launch(text, &error);
    if (error != nullptr) throw std::runtime_error(error->message);
    bus_ = gst_element_get_bus(pipeline_);
    watch_signals();
  }
  ~Run() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(bus_);
    gst_object_unref(pipeline_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void watch(const std::string& name, const std::string& shown) {
    const PadName parts = pad_name(name);
    g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(pipeline_), parts.element.c_str());
    g_autoptr(GstPad) pad =
        element == nullptr ? nullptr : gst_element_get_static_pad(element, parts.pad.c_str());
    if (pad == nullptr) throw std::runtime_error("there is no pad " + name);
    watches_.push_back(std::make_unique<Watch>(lines_, pad, shown));
  }

  void run(const std::vector<std::string>& script) {
    if (std::find(script.begin(), script.end(), "play") == script.end()) play();
    std::thread commands([&] { follow(script); });
    while (hear()) {
    }
    lines_.end();
    commands.join();
  }

 private:
  void play() {
    if (gst_element_set_state(pipeline_, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return;
    lines_.print("state", "{\"state\":\"failed\"}");
    quit();
  }

  void quit() {
    GstStructure* structure = gst_structure_new_empty(kQuit);
    gst_bus_post(bus_, gst_message_new_application(GST_OBJECT(pipeline_), structure));
  }

  void follow(const std::vector<std::string>& script) {
    try {
      Script(pipeline_, lines_).run(script, [this] { play(); });
      if (std::find(script.begin(), script.end(), "quit") != script.end()) quit();
    } catch (const std::exception& e) {
      lines_.print("script", "{\"script\":" + quoted(e.what()) + "}");
      quit();
    }
  }

  // Takes one message off the bus. False when it was the last to care for.
  bool hear() {
    g_autoptr(GstMessage) message = gst_bus_timed_pop(bus_, GST_CLOCK_TIME_NONE);
    switch (GST_MESSAGE_TYPE(message)) {
      case GST_MESSAGE_ERROR:
        print_error(message);
        return false;
      case GST_MESSAGE_ELEMENT:
        print_element(message);
        return true;
      case GST_MESSAGE_APPLICATION:
        return !gst_message_has_name(message, kQuit);
      default:
        return GST_MESSAGE_TYPE(message) != GST_MESSAGE_EOS;
    }
  }

  void print_error(GstMessage* message) {
    g_autoptr(GError) error = nullptr;
    g_autofree gchar* debug = nullptr;
    gst_message_parse_error(message, &error, &debug);
    lines_.print("error", format("{\"error\":%d,\"domain\":", error->code) +
                              quoted(g_quark_to_string(error->domain)) +
                              ",\"message\":" + quoted(error->message) + ",\"debug\":" + quoted(debug) +
                              ",\"from\":" + quoted(GST_OBJECT_NAME(GST_MESSAGE_SRC(message))) + "}");
  }

  void print_element(GstMessage* message) {
    const char* name = gst_structure_get_name(gst_message_get_structure(message));
    std::string line = "{\"element\":" + quoted(name);
    guint stream = 0;
    if (gst_nvmessage_is_stream_eos(message) && gst_nvmessage_parse_stream_eos(message, &stream))
      line += format(",\"pad\":%u", stream);
    lines_.print(std::string("element/") + name, line + "}");
  }

  void watch_signals() {
    g_autoptr(GstIterator) all = gst_bin_iterate_all_by_element_factory_name(GST_BIN(pipeline_), "nvinfer");
    gst_iterator_foreach(
        all,
        [](const GValue* item, gpointer lines) {
          g_signal_connect(g_value_get_object(item), "model-updated", G_CALLBACK(on_model_updated), lines);
        },
        &lines_);
  }

  static void on_model_updated(GstElement*, gint status, const gchar* path, gpointer lines) {
    static_cast<Lines*>(lines)->print(
        "signal",
        format("{\"signal\":\"model-updated\",\"status\":%d,\"path\":", status) + quoted(path) + "}");
  }

  GstElement* pipeline_;
  GstBus* bus_;
  Lines lines_;
  std::vector<std::unique_ptr<Watch>> watches_;
};

}  // namespace
}  // namespace metadump

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc < 2) {
    std::fputs(metadump::kUsage, stderr);
    return 2;
  }
  try {
    metadump::Run run(argv[1]);
    if (argc == 2) run.watch("last.src", "");
    for (int i = 2; i < argc; i++) run.watch(argv[i], argv[i]);
    run.run(metadump::read_script());
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "metadump: %s\n", e.what());
    return 2;
  }
}
