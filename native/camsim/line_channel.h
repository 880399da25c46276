#pragma once

#include <glib.h>

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "sockets.h"

namespace camsim {

using AnswerLine = std::function<std::string(const std::string&)>;

/** Reads lines from one file descriptor and writes each one's answer to another. On the default main context.
 */
class LineChannel {
 public:
  /** `on_end`, called when there is nothing more to read, may delete this object. */
  LineChannel(int in, int out, AnswerLine answer, std::function<void()> on_end);
  ~LineChannel();
  LineChannel(const LineChannel&) = delete;
  LineChannel& operator=(const LineChannel&) = delete;

 private:
  gboolean Read();
  bool AnswerLines();
  bool Write(const std::string& line);

  int in_;
  int out_;
  AnswerLine answer_;
  std::function<void()> on_end_;
  std::string buffer_;
  guint source_;
};

/** A TCP port of 127.0.0.1 where any number of clients ask. */
class ControlPort {
 public:
  /** 0: any free port. Throws std::runtime_error. */
  ControlPort(int port, AnswerLine answer);
  ~ControlPort();
  ControlPort(const ControlPort&) = delete;
  ControlPort& operator=(const ControlPort&) = delete;

  int Port() const { return PortOf(listener_); }

 private:
  struct Client {
    Socket socket;
    std::unique_ptr<LineChannel> channel;
  };

  void OnClient();

  Socket listener_;
  AnswerLine answer_;
  std::list<Client> clients_;
  guint source_;
};

}  // namespace camsim
