// Event → NativeEvent.
#pragma once

#include <napi.h>

#include "pipeline/event.h"

namespace weir {

Napi::Object to_js(Napi::Env env, const Event& event);

}  // namespace weir
