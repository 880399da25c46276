#include "pipeline/outbound.h"

#include <gio/gio.h>

#include <mutex>
#include <set>

#include "pipeline/failure.h"
#include "pipeline/lower_case.h"

// rtspsrc follows redirects and cannot be told not to. GIO asks a proxy resolver before each connection, and
// takes an error for a refusal: the one place where a connection can be stopped before it is made.

namespace weir {
namespace {

std::mutex& mutex() {
  static std::mutex mutex;
  return mutex;
}

std::multiset<std::string, std::less<>>& permits() {
  static std::multiset<std::string, std::less<>> permits;
  return permits;
}

std::string with_port(const std::string& scheme, std::string_view authority) {
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.rfind(':');
  const bool given =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const char* port = scheme == "rtsps" ? ":322" : ":554";
  return scheme + "://" + lower_case(authority) + (given ? "" : port);
}

gboolean is_supported(GProxyResolver*) { return TRUE; }

gchar** lookup(GProxyResolver*, const gchar* uri, GCancellable*, GError** error) {
  if (is_permitted(uri)) {
    const gchar* const direct[] = {"direct://", nullptr};
    return g_strdupv(const_cast<gchar**>(direct));
  }
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "no source has the address %s",
              place_of(uri).c_str());
  return nullptr;
}

void lookup_async(GProxyResolver* self, const gchar* uri, GCancellable* cancellable, GAsyncReadyCallback done,
                  gpointer data) {
  GTask* task = g_task_new(self, cancellable, done, data);
  GError* error = nullptr;
  if (gchar** proxies = lookup(self, uri, cancellable, &error)) {
    g_task_return_pointer(task, proxies, [](gpointer all) { g_strfreev(static_cast<gchar**>(all)); });
  } else {
    g_task_return_error(task, error);
  }
  g_object_unref(task);
}

gchar** lookup_finish(GProxyResolver*, GAsyncResult* result, GError** error) {
  return static_cast<gchar**>(g_task_propagate_pointer(G_TASK(result), error));
}

void implement(gpointer table, gpointer) {
  auto* resolver = static_cast<GProxyResolverInterface*>(table);
  resolver->is_supported = is_supported;
  resolver->lookup = lookup;
  resolver->lookup_async = lookup_async;
  resolver->lookup_finish = lookup_finish;
}

GType guard_type() {
  static const GType type = [] {
    const GType made =
        g_type_register_static_simple(G_TYPE_OBJECT, "WeirConnectionGuard", sizeof(GObjectClass), nullptr,
                                      sizeof(GObject), nullptr, GTypeFlags(0));
    const GInterfaceInfo info{implement, nullptr, nullptr};
    g_type_add_interface_static(made, G_TYPE_PROXY_RESOLVER, &info);
    return made;
  }();
  return type;
}

bool says_connecting(GstMessage* progress) {
  gchar* about = nullptr;
  gst_message_parse_progress(progress, nullptr, &about, nullptr);
  const bool connecting = g_strcmp0(about, "connect") == 0;
  g_free(about);
  return connecting;
}

}  // namespace

std::string place_of(std::string_view uri) {
  const size_t end = uri.find("://");
  if (end == std::string_view::npos) return "";
  std::string_view authority = uri.substr(end + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  return authority.empty() ? "" : with_port(lower_case(uri.substr(0, end)), authority);
}

Permit::Permit(std::string_view uri) : place_(place_of(uri)) {
  const std::lock_guard lock(mutex());
  if (!place_.empty()) permits().insert(place_);
}

Permit::~Permit() {
  const std::lock_guard lock(mutex());
  if (const auto own = permits().find(place_); own != permits().end()) permits().erase(own);
}

bool is_permitted(std::string_view uri) {
  const std::lock_guard lock(mutex());
  return permits().contains(place_of(uri));
}

void guard_connections() {
  GIOExtensionPoint* point = g_io_extension_point_register(G_PROXY_RESOLVER_EXTENSION_POINT_NAME);
  g_io_extension_point_set_required_type(point, G_TYPE_PROXY_RESOLVER);
  constexpr gint kAboveAll = G_MAXINT;
  g_io_extension_point_implement(G_PROXY_RESOLVER_EXTENSION_POINT_NAME, guard_type(), "weir", kAboveAll);
  GProxyResolver* asked = g_proxy_resolver_get_default();
  if (asked != nullptr && G_OBJECT_TYPE(asked) == guard_type()) return;
  throw Failure(code::kProvider,
                "connections cannot be guarded: GIO uses another proxy resolver; unset "
                "GIO_USE_PROXY_RESOLVER");
}

std::optional<std::string> forbidden_place(GstMessage* progress) {
  GstObject* source = GST_MESSAGE_SRC(progress);
  if (!says_connecting(progress) || !g_object_class_find_property(G_OBJECT_GET_CLASS(source), "location"))
    return {};
  gchar* location = nullptr;
  g_object_get(source, "location", &location, nullptr);
  const std::string uri = location != nullptr ? location : "";
  g_free(location);
  if (is_permitted(uri)) return {};
  return place_of(uri);
}

}  // namespace weir
