#include "pipeline/provider.h"

#include <dlfcn.h>
#include <gst/gst.h>

#include <filesystem>
#include <mutex>

#include "pipeline/failure.h"
#include "pipeline/gst_util.h"
#include "pipeline/login_guard.h"
#include "pipeline/outbound.h"

namespace weir {
namespace {

void init_gstreamer() {
  GError* error = nullptr;
  if (gst_init_check(nullptr, nullptr, &error)) return;
  const std::string reason = error != nullptr ? error->message : "unknown reason";
  g_clear_error(&error);
  throw Failure(code::kProvider, "GStreamer does not start: " + reason);
}

#ifdef WEIR_STANDIN
constexpr char kPluginFile[] = "gstreamer-1.0/libgstnvstandin.so";

// The folder of the library or program this code is in.
std::filesystem::path own_folder() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&load_provider), &info);
  std::error_code ignored;
  return std::filesystem::weakly_canonical(info.dli_fname, ignored).parent_path();
}

// Beside weir.node; programs lie one folder deeper.
void load_standin() {
  const std::filesystem::path folder = own_folder();
  std::filesystem::path file = folder / kPluginFile;
  if (!std::filesystem::exists(file)) file = folder.parent_path() / kPluginFile;
  GError* error = nullptr;
  GstPlugin* plugin = gst_plugin_load_file(file.c_str(), &error);
  if (plugin != nullptr) return gst_object_unref(plugin);
  const std::string reason = error->message;
  g_clear_error(&error);
  throw Failure(code::kProvider, "the stand-in plugin " + (folder / kPluginFile).string() +
                                     " does not load: " + reason + "; run scripts/setup to build it");
}
#endif

}  // namespace

const char* provider_name() { return WEIR_PROVIDER; }

std::string gstreamer_version() {
  guint major = 0;
  guint minor = 0;
  guint micro = 0;
  guint nano = 0;
  gst_version(&major, &minor, &micro, &nano);
  return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(micro);
}

void load_provider() {
  static std::once_flag once;  // an exception leaves it open for the next try
  std::call_once(once, [] {
    init_gstreamer();
    guard_connections();
    hide_requests();
#ifdef WEIR_STANDIN
    load_standin();
#endif
  });
}

std::optional<FoundElement> find_element(const std::string& name) {
  GstElementFactory* factory = gst_element_factory_find(name.c_str());
  if (factory == nullptr) return {};
  FoundElement found;
  if (GstPlugin* plugin = gst_plugin_feature_get_plugin(GST_PLUGIN_FEATURE(factory))) {
    if (const gchar* file = gst_plugin_get_filename(plugin)) found.plugin = file;
    found.version = gst_plugin_get_version(plugin);
    gst_object_unref(plugin);
  }
  gst_object_unref(factory);
  return found;
}

}  // namespace weir
