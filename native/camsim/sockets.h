#pragma once

#include <string>

namespace camsim {

/** Owns a file descriptor. */
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.Release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { Close(); }

  int Fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void Close();
  /** The peer gets RST instead of FIN. */
  void Reset();

 private:
  int Release();

  int fd_ = -1;
};

/** Takes a free TCP port of `host` without listening: connecting to it is refused. Throws std::runtime_error.
 */
Socket Reserve(const std::string& host);
/** Listens on a port that this process has reserved. Throws std::runtime_error. */
Socket ListenReserved(const std::string& host, int port);
/** Listens on a port that nobody else has; 0: any free one. Throws std::runtime_error. */
Socket Listen(const std::string& host, int port);
/** The port a socket is bound to. */
int PortOf(const Socket& socket);
/** Does not wait for the connection: the first write tells. Empty when it fails at once. */
Socket Connect(const std::string& host, int port);
/** Empty when there is nobody any more. */
Socket Accept(const Socket& listener);

}  // namespace camsim
