#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"
#include "event_loop.h"
#include "sockets.h"

namespace camsim {

/**
 * The network between one camera and its clients: a TCP port of the camera's own, whose bytes go on to the
 * server's port as they are. RTP over UDP does not come this way. Any thread but the loop's.
 */
class Link : EventLoop::Handler, EventLoop::Ticker {
 public:
  /** Throws std::runtime_error when `host` has no free port. */
  Link(EventLoop& loop, std::string host, int server_port);
  ~Link() override;

  int Port() const { return port_; }

  /** Connections are refused, and those that exist are reset. The port stays ours. */
  void Refuse(bool refuse);
  /** Resets all connections. */
  void Reset();
  /** Nothing passes: what comes is kept. */
  void Blackhole(bool on);
  /** 0: no limit. Each direction has its own. */
  void Throttle(double bytes_per_second);

  /** The fault for which the link is full, so that a camera had better send nothing; or null. */
  const char* Congested() const { return congested_; }

 private:
  void OnReady(uint32_t events) override;
  void OnTick() override { UpdateAll(); }
  void OnRules();
  void Open();
  void Shut();
  void ResetAll();
  void UpdateAll();
  void Measure();
  void OnEnd(Connection* connection);

  EventLoop& loop_;
  const std::string host_;
  const int server_port_;
  Socket reserved_;  // bound, never listening: while listener_ is closed nobody else can take the port
  int port_;
  Socket listener_;
  LinkRules rules_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::atomic<const char*> congested_{nullptr};
};

}  // namespace camsim
