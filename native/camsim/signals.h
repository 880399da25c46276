#pragma once

#include <glib-object.h>

#include <utility>

namespace camsim {

/** Connects a handler that owns its data, which therefore outlives every call of it. */
template <typename T>
void ConnectSignal(gpointer object, const char* signal, GCallback callback, T data) {
  g_signal_connect_data(
      object, signal, callback, new T(std::move(data)),
      [](gpointer owned, GClosure*) { delete static_cast<T*>(owned); }, GConnectFlags{});
}

}  // namespace camsim
