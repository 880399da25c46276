#include "pipeline/datagram_guard.h"

#include <gio/gio.h>

#include "pipeline/gst_util.h"
#include "pipeline/outbound.h"

namespace weir {
namespace {

// The host, without brackets; empty unless it is an address.
std::string address_in(const std::string& uri) {
  const std::string place = place_of(uri);
  if (place.empty()) return "";
  const size_t begin = place.find("://") + 3;
  std::string host = place.substr(begin, place.rfind(':') - begin);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return g_hostname_is_ip_address(host.c_str()) ? host : "";
}

// rtspsrc adds its sinks with the address set and before they run.
void send_home(GstBin*, GstElement* added, gpointer data) {
  if (!has_property(added, "host") || !has_property(added, "port")) return;
  g_object_set(added, "host", static_cast<std::string*>(data)->c_str(), nullptr);
}

}  // namespace

void keep_datagrams_home(GstElement* element, const std::string& uri) {
  const std::string address = address_in(uri);
  if (!address.empty()) connect_signal(element, "element-added", G_CALLBACK(send_home), address);
}

}  // namespace weir
