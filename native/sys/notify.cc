#include "sys/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <string>

#include "sys/descriptor.h"
#include "sys/system_failure.h"

namespace weir {
namespace {

struct Address {
  sockaddr_un name{};
  socklen_t size = 0;
};

// An abstract name begins with a zero byte and ends where its size says; a path ends with one.
Address address_of(std::string_view socket) {
  const std::string what = "NOTIFY_SOCKET " + std::string(socket);
  if (!socket.starts_with('/') && !socket.starts_with('@')) fail(what, EAFNOSUPPORT);
  Address address;
  if (socket.size() >= sizeof(address.name.sun_path)) fail(what, ENAMETOOLONG);
  address.name.sun_family = AF_UNIX;
  socket.copy(address.name.sun_path, socket.size());
  const bool abstract = socket.starts_with('@');
  if (abstract) address.name.sun_path[0] = '\0';
  address.size = offsetof(sockaddr_un, sun_path) + socket.size() + (abstract ? 0 : 1);
  return address;
}

}  // namespace

void notify(std::string_view socket, std::string_view text) {
  const Address address = address_of(socket);
  const Descriptor sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (sender.get() < 0) fail("socket");
  const auto* name = reinterpret_cast<const sockaddr*>(&address.name);
  if (sendto(sender.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT, name, address.size) < 0)
    fail("NOTIFY_SOCKET " + std::string(socket));
}

}  // namespace weir
