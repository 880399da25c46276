#include "addon/batch_views.h"

#include <algorithm>

namespace weir {
namespace {

constexpr size_t kIndexStride = 5;  // INDEX_STRIDE in src/native/types.ts

// Of its frame when the batch was committed; 0 where the camera's clock is ahead of ours.
uint32_t age_us(const Batch::Message& message, const Batch& batch) {
  const uint64_t now = batch.committed_wall_ns;
  const uint64_t age = now > message.time_ns ? (now - message.time_ns) / 1000 : 0;
  return static_cast<uint32_t>(std::min<uint64_t>(age, UINT32_MAX));
}

}  // namespace

// One ArrayBuffer per memory: V8 refuses a second one while the first lives.
Napi::ArrayBuffer BatchViews::buffer_of(Napi::Env env, const Batch& batch) {
  View& view = views_[&batch];
  if (view.memory == batch.bytes.memory()) return view.buffer.Value();
  using Memory = std::shared_ptr<char[]>;
  view.memory = batch.bytes.memory();
  const auto buffer = Napi::ArrayBuffer::New(
      env, view.memory.get(), batch.bytes.capacity(), [](Napi::Env, void*, Memory* memory) { delete memory; },
      new Memory(view.memory));
  view.buffer = Napi::Persistent(buffer);
  return buffer;
}

Napi::Object BatchViews::to_js(Napi::Env env, const Batch& batch) {
  auto index = Napi::Uint32Array::New(env, batch.messages.size() * kIndexStride);
  uint32_t* row = index.Data();
  for (const Batch::Message& message : batch.messages) {
    *row++ = message.token;
    *row++ = message.offset;
    *row++ = message.length;
    *row++ = message.objects;
    *row++ = age_us(message, batch);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", static_cast<double>(batch.id));
  object.Set("bytes", Napi::Uint8Array::New(env, batch.bytes.size(), buffer_of(env, batch), 0));
  object.Set("index", index);
  object.Set("committedMs", static_cast<double>(batch.committed_ns) / 1e6);
  return object;
}

}  // namespace weir
