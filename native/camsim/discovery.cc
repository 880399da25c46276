#include "discovery.h"

#include <arpa/inet.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace camsim {
namespace {

constexpr const char* kGroup = "239.255.255.250";

Socket Open(const std::string& host, int port, bool multicast) {
  in_addr interface {};
  if (inet_pton(AF_INET, host.c_str(), &interface) != 1)
    throw std::runtime_error(host + ": expected an IPv4 address");
  Socket socket(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr = interface;
  if (multicast) {
    const int on = 1;
    setsockopt(socket.Fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    inet_pton(AF_INET, kGroup, &address.sin_addr);
    const ip_mreq membership{address.sin_addr, interface};
    setsockopt(socket.Fd(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership);
  }
  if (bind(socket.Fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  throw std::runtime_error("cannot bind UDP port " + std::to_string(port) + " of " + host + ": " +
                           std::strerror(errno));
}

}  // namespace

Discovery::Discovery(const std::string& host, int port, bool multicast, Match match)
    : socket_(Open(host, port, multicast)), match_(std::move(match)) {
  source_ = g_unix_fd_add(
      socket_.Fd(), G_IO_IN,
      [](gint, GIOCondition, gpointer self) -> gboolean {
        static_cast<Discovery*>(self)->Read();
        return G_SOURCE_CONTINUE;
      },
      this);
}

Discovery::~Discovery() { g_source_remove(source_); }

void Discovery::Read() {
  std::array<char, 65536> datagram;
  sockaddr_in sender{};
  socklen_t length = sizeof sender;
  const ssize_t size = recvfrom(socket_.Fd(), datagram.data(), datagram.size(), 0,
                                reinterpret_cast<sockaddr*>(&sender), &length);
  if (size <= 0) return;
  const std::string answer = match_({datagram.data(), static_cast<size_t>(size)});
  if (answer.empty()) return;
  sendto(socket_.Fd(), answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&sender), length);
}

}  // namespace camsim
