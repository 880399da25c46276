// What the addon offers a process that tries a camera: ProbeBinding in src/native/probe-types.ts.
#pragma once

#include <napi.h>

namespace weir {

Napi::Object define_probe(Napi::Env env);

}  // namespace weir
