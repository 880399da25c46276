// Where connections may go: to the addresses the sources were given, and not where a camera sends them on to.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <string_view>

namespace weir {

// While it lives, connections to the scheme, host and port of the URI are allowed. Any thread; what is no
// network address allows nothing.
class Permit {
 public:
  explicit Permit(std::string_view uri);
  ~Permit();
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

 private:
  const std::string place_;
};

// `rtsp://host:port`, port always there; empty for what is no network address.
std::string place_of(std::string_view uri);
bool is_permitted(std::string_view uri);

// From now on GIO refuses every connection without a permit, and uses no proxy. Before anything connects.
// Throws Failure when GIO asks somebody else.
void guard_connections();

// Where rtspsrc is about to connect without a permit, which it does when a camera redirects it.
std::optional<std::string> forbidden_place(GstMessage* progress);

}  // namespace weir
