#include "addon/batch_views.h"

namespace weir {

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
  auto index = Napi::Uint32Array::New(env, batch.messages.size() * 4);
  uint32_t* row = index.Data();
  for (const Batch::Message& message : batch.messages) {
    *row++ = message.token;
    *row++ = message.offset;
    *row++ = message.length;
    *row++ = message.objects;
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", static_cast<double>(batch.id));
  object.Set("bytes", Napi::Uint8Array::New(env, batch.bytes.size(), buffer_of(env, batch), 0));
  object.Set("index", index);
  return object;
}

}  // namespace weir
