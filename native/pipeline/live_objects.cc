#include "pipeline/live_objects.h"

#include <gst/gst.h>

#include <cstring>
#include <map>

namespace weir {
namespace {

GstTracer* leaks_tracer() {
  GstTracer* found = nullptr;
  GList* tracers = gst_tracing_get_active_tracers();
  for (GList* l = tracers; l != nullptr; l = l->next)
    if (std::strcmp(G_OBJECT_TYPE_NAME(l->data), "GstLeaksTracer") == 0)
      found = GST_TRACER(gst_object_ref(l->data));
  g_list_free_full(tracers, gst_object_unref);
  return found;
}

template <class Each>
void each_entry(const GstStructure* checkpoint, const char* list, Each each) {
  const GValue* entries = gst_structure_get_value(checkpoint, list);
  for (guint i = 0; entries != nullptr && i < gst_value_list_get_size(entries); i++) {
    const GstStructure* entry = gst_value_get_structure(gst_value_list_get_value(entries, i));
    gpointer address = nullptr;
    gst_structure_get(entry, "address", G_TYPE_POINTER, &address, nullptr);
    const char* type = gst_structure_get_string(entry, "type-name");
    each(address, type == nullptr ? "?" : type);
  }
}

// A checkpoint tells what came and went since the one before; an address may do both.
void follow(const GstStructure* checkpoint, std::multimap<gpointer, std::string>& alive) {
  each_entry(checkpoint, "objects-created-list",
             [&](gpointer address, const char* type) { alive.emplace(address, type); });
  each_entry(checkpoint, "objects-removed-list", [&](gpointer address, const char*) {
    const auto found = alive.find(address);
    if (found != alive.end()) alive.erase(found);
  });
}

}  // namespace

std::optional<std::vector<std::string>> live_objects() {
  static std::multimap<gpointer, std::string> alive;
  static bool tracking = false;
  GstTracer* tracer = leaks_tracer();
  if (tracer == nullptr) return {};
  if (tracking) {
    GstStructure* checkpoint = nullptr;
    g_signal_emit_by_name(tracer, "activity-get-checkpoint", &checkpoint);
    follow(checkpoint, alive);
    gst_structure_free(checkpoint);
  } else {
    g_signal_emit_by_name(tracer, "activity-start-tracking");
    tracking = true;
  }
  gst_object_unref(tracer);
  std::vector<std::string> types;
  for (const auto& [address, type] : alive) types.push_back(type);
  return types;
}

}  // namespace weir
