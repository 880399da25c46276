#pragma once

#include <glib.h>

#include <functional>
#include <string>

#include "sockets.h"

namespace camsim {

/** Answers WS-Discovery probes by UDP. On the default main context. */
class Discovery {
 public:
  /** From a datagram to its answer; empty: none. */
  using Match = std::function<std::string(const std::string&)>;

  /**
   * Listens on a port of `host`, 0: any free one; or, with `multicast`, on the interface of `host` for what
   * is sent to 239.255.255.250. Throws std::runtime_error.
   */
  Discovery(const std::string& host, int port, bool multicast, Match match);
  ~Discovery();
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;

  int Port() const { return PortOf(socket_); }

 private:
  void Read();

  Socket socket_;
  Match match_;
  guint source_;
};

}  // namespace camsim
