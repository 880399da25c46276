// Shows the ring's buffers to JavaScript without copying them.
#pragma once

#include <napi.h>

#include <map>
#include <memory>

#include "metadata/ring.h"

namespace weir {

// JS thread. A view keeps its memory, so one still held when the ring is gone shows stale bytes, no more.
class BatchViews {
 public:
  Napi::Object to_js(Napi::Env env, const Batch& batch);
  void clear() { views_.clear(); }

 private:
  struct View {
    std::shared_ptr<char[]> memory;
    Napi::Reference<Napi::ArrayBuffer> buffer;
  };
  Napi::ArrayBuffer buffer_of(Napi::Env env, const Batch& batch);

  std::map<const Batch*, View> views_;
};

}  // namespace weir
