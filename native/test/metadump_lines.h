// What metadump prints: JSON, one line per thing seen. Every line has a kind, by which a script can wait.
#pragma once

#include <gst/gst.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

namespace metadump {

std::string quoted(const char* text);
std::string format(const char* pattern, ...) G_GNUC_PRINTF(1, 2);

class Lines {
 public:
  void print(const std::string& kind, const std::string& line);
  // False when fewer than `count` lines of a kind came in time, or end() was called.
  bool wait(const std::string& kind, int count, std::chrono::seconds limit);
  void end();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> seen_;
  bool ended_ = false;
};

// Prints what passes one pad. `at` names the pad in every line, unless it is empty.
class Watch {
 public:
  Watch(Lines& lines, GstPad* pad, const std::string& at);

 private:
  static GstPadProbeReturn on_data(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  void print(const std::string& kind, const std::string& members);
  void buffer(GstPad* pad, GstBuffer* buffer);
  void event(GstEvent* event);

  Lines& lines_;
  std::string at_;
};

}  // namespace metadump
