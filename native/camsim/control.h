#pragma once

#include <glib.h>

#include <functional>
#include <string>

#include "server.h"

namespace camsim {

/** The line that says camsim is ready: port and cameras. */
std::string ReadyLine(const Server& server);

/**
 * One request, one reply, both JSON on one line:
 *   {"op":"stats"}                       what each camera has sent
 *   {"op":"pause"|"resume","camera":id}  that camera, or all when none is named
 * A request that cannot be understood is answered by {"error":"…"}.
 */
std::string Answer(const Server& server, const std::string& request);

/** Answers the lines of standard input on standard output, on the default main context. */
class Control {
 public:
  /** `on_end` is called when standard input is closed. */
  Control(const Server& server, std::function<void()> on_end);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

 private:
  gboolean Read();
  void AnswerLines();

  const Server& server_;
  std::string buffer_;
  std::function<void()> on_end_;
  guint source_ = 0;
};

}  // namespace camsim
