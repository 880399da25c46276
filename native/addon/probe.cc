#include "addon/probe.h"

#include "addon/parse.h"
#include "pipeline/probe.h"
#include "pipeline/probe_findings.h"

namespace weir {
namespace {

// Numbers per access unit.
constexpr size_t kColumns = 4;

void prepare(const Napi::CallbackInfo& call) {
  try {
    prepare_probe();
  } catch (const Failure& failure) {
    throw to_error(call.Env(), failure);
  }
}

void confine(const Napi::CallbackInfo& call) {
  try {
    confine_process(static_cast<uint64_t>(Field(call[0], "memoryBytes").integer(1, kMaxInteger)));
  } catch (const Failure& failure) {
    throw to_error(call.Env(), failure);
  }
}

Napi::Float64Array units(Napi::Env env, const std::vector<ProbeUnit>& list) {
  auto array = Napi::Float64Array::New(env, list.size() * kColumns);
  double* out = array.Data();
  for (const ProbeUnit& unit : list) {
    *out++ = unit.time_ms;
    *out++ = unit.arrived_ms;
    *out++ = static_cast<double>(unit.bytes);
    *out++ = unit.key ? 1 : 0;
  }
  return array;
}

Napi::Array media(Napi::Env env, const std::vector<ProbeMedia>& list) {
  Napi::Array array = Napi::Array::New(env);
  for (const ProbeMedia& each : list) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("kind", each.kind);
    object.Set("codec", each.codec);
    object.Set("fps", each.fps);
    array.Set(array.Length(), object);
  }
  return array;
}

Napi::Value findings(const Napi::CallbackInfo& call) {
  const ProbeFindings found = probe_notebook().read();
  Napi::Object object = Napi::Object::New(call.Env());
  object.Set("units", units(call.Env(), found.units));
  object.Set("media", media(call.Env(), found.media));
  object.Set("authentication", found.authentication);
  object.Set("profile", found.profile);
  object.Set("level", found.level);
  return object;
}

}  // namespace

Napi::Object define_probe(Napi::Env env) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("prepare", Napi::Function::New(env, prepare, "prepare"));
  object.Set("confine", Napi::Function::New(env, confine, "confine"));
  object.Set("findings", Napi::Function::New(env, findings, "findings"));
  return object;
}

}  // namespace weir
