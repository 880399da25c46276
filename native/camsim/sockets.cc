#include "sockets.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

namespace camsim {
namespace {

constexpr int kBacklog = 128;

struct FreeAddress {
  void operator()(addrinfo* address) const { freeaddrinfo(address); }
};

std::unique_ptr<addrinfo, FreeAddress> Address(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* address = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &address);
  if (error) throw std::runtime_error(host + ": " + gai_strerror(error));
  return std::unique_ptr<addrinfo, FreeAddress>(address);
}

Socket NewSocket(const addrinfo& address) {
  return Socket(socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void Enable(const Socket& socket, int level, int option) {
  const int on = 1;
  setsockopt(socket.Fd(), level, option, &on, sizeof on);
}

enum class Port { kAlone, kReserved };

Socket Bind(const std::string& host, int port, Port use) {
  const auto address = Address(host, port);
  Socket socket = NewSocket(*address);
  Enable(socket, SOL_SOCKET, SO_REUSEADDR);
  // Two sockets of one port: one keeps the port while the other, which listens, is closed.
  if (use == Port::kReserved) Enable(socket, SOL_SOCKET, SO_REUSEPORT);
  if (bind(socket.Fd(), address->ai_addr, address->ai_addrlen) == 0) return socket;
  throw std::runtime_error("cannot bind " + host + " port " + std::to_string(port) + ": " +
                           std::strerror(errno));
}

Socket Listening(Socket socket) {
  if (listen(socket.Fd(), kBacklog) == 0) return socket;
  throw std::runtime_error("cannot listen on port " + std::to_string(PortOf(socket)) + ": " +
                           std::strerror(errno));
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  Close();
  fd_ = other.Release();
  return *this;
}

int Socket::Release() { return std::exchange(fd_, -1); }

void Socket::Close() {
  if (fd_ >= 0) close(Release());
}

void Socket::Reset() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  Close();
}

Socket Reserve(const std::string& host) { return Bind(host, 0, Port::kReserved); }

Socket ListenReserved(const std::string& host, int port) {
  return Listening(Bind(host, port, Port::kReserved));
}

Socket Listen(const std::string& host, int port) { return Listening(Bind(host, port, Port::kAlone)); }

int PortOf(const Socket& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  getsockname(socket.Fd(), reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

Socket Connect(const std::string& host, int port) {
  const auto address = Address(host, port);
  Socket socket = NewSocket(*address);
  Enable(socket, IPPROTO_TCP, TCP_NODELAY);
  const int result = connect(socket.Fd(), address->ai_addr, address->ai_addrlen);
  return result == 0 || errno == EINPROGRESS ? std::move(socket) : Socket();
}

Socket Accept(const Socket& listener) {
  Socket socket(accept4(listener.Fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket) Enable(socket, IPPROTO_TCP, TCP_NODELAY);
  return socket;
}

}  // namespace camsim
