// What weir.node exports: NativeBinding in src/native/types.ts.
#include <malloc.h>
#include <napi.h>

#include "addon/parse.h"
#include "addon/pipeline_object.h"
#include "addon/probe.h"
#include "pipeline/breadcrumb.h"
#include "pipeline/live_objects.h"
#include "pipeline/provider.h"
#include "sys/hidden_memory.h"

namespace weir {
namespace {

Napi::Value info(const Napi::CallbackInfo& call) {
  Napi::Object object = Napi::Object::New(call.Env());
  object.Set("gstreamer", gstreamer_version());
  object.Set("provider", provider_name());
  return object;
}

Napi::Value find(const Napi::CallbackInfo& call) {
  try {
    const std::string name = Field(call[0], "name").text();
    load_provider();
    const auto found = find_element(name);
    if (!found) return call.Env().Undefined();
    Napi::Object object = Napi::Object::New(call.Env());
    object.Set("plugin", found->plugin);
    object.Set("version", found->version);
    return object;
  } catch (const Failure& failure) {
    throw to_error(call.Env(), failure);
  }
}

Napi::Value live(const Napi::CallbackInfo& call) {
  const auto types = live_objects();
  if (!types) return call.Env().Undefined();
  Napi::Array array = Napi::Array::New(call.Env());
  for (const std::string& type : *types) array.Set(array.Length(), type);
  return array;
}

void hide(const Napi::CallbackInfo&) { hide_memory(); }

void arm(const Napi::CallbackInfo& call) {
  try {
    arm_breadcrumb(Field(call[0], "path").text());
  } catch (const Failure& failure) {
    throw to_error(call.Env(), failure);
  }
}

Napi::Array names(Napi::Env env, std::span<const char* const> list) {
  Napi::Array array = Napi::Array::New(env);
  for (const char* name : list) array.Set(array.Length(), name);
  return array;
}

// Every stream brings threads of its own. glibc would give each a heap of its own, up to eight per core, and
// a third of the process would be holes between pictures.
void share_heaps() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
#endif
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  share_heaps();
  exports.Set("Pipeline", PipelineObject::define(env));
  exports.Set("info", Napi::Function::New(env, info, "info"));
  exports.Set("findElement", Napi::Function::New(env, find, "findElement"));
  exports.Set("liveObjects", Napi::Function::New(env, live, "liveObjects"));
  exports.Set("hideMemory", Napi::Function::New(env, hide, "hideMemory"));
  exports.Set("armBreadcrumb", Napi::Function::New(env, arm, "armBreadcrumb"));
  exports.Set("probe", define_probe(env));
  exports.Set("slotCounters", names(env, slot_counter_names()));
  exports.Set("pipelineCounters", names(env, pipeline_counter_names()));
  return exports;
}

NODE_API_MODULE(weir, init)

}  // namespace
}  // namespace weir
