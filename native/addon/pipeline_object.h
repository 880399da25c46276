// The JavaScript class Pipeline: NativePipeline in src/native/types.ts.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <optional>

#include "addon/batch_views.h"
#include "addon/inbox.h"
#include "pipeline/pipeline.h"

namespace weir {

class PipelineObject : public Napi::ObjectWrap<PipelineObject> {
 public:
  static Napi::Function define(Napi::Env env);

  // (graph, handlers)
  explicit PipelineObject(const Napi::CallbackInfo& info);
  ~PipelineObject() override;

 private:
  Napi::Value start(const Napi::CallbackInfo& info);
  Napi::Value add_source(const Napi::CallbackInfo& info);
  Napi::Value select(const Napi::CallbackInfo& info);
  Napi::Value remove_source(const Napi::CallbackInfo& info);
  Napi::Value snapshot(const Napi::CallbackInfo& info);
  Napi::Value take_batch(const Napi::CallbackInfo& info);
  void release_batch(const Napi::CallbackInfo& info);
  Napi::Value counters(const Napi::CallbackInfo& info);
  Napi::Value latencies(const Napi::CallbackInfo& info);
  Napi::Value stop(const Napi::CallbackInfo& info);

  using ToValue = std::function<Napi::Value(Napi::Env)>;  // called on the JS thread; empty for undefined
  using Settle = std::function<void(std::optional<Failure>, ToValue)>;
  // A promise and what settles it from any thread; `work` is not called once the pipeline is stopped.
  Napi::Value promise(Napi::Env env, const std::function<void(Settle)>& work);
  static Pipeline::Done without_value(Settle settle);
  size_t slot_of(const Napi::CallbackInfo& info) const;
  Handlers handlers(const std::shared_ptr<Inbox>& inbox);
  static void on_env_end(void* object);
  void finish();

  std::shared_ptr<Inbox> inbox_;
  Napi::FunctionReference on_event_;
  Napi::FunctionReference on_batch_;
  Napi::ObjectReference handlers_;
  Napi::Reference<Napi::Float64Array> counters_;
  Napi::Reference<Napi::Float64Array> latencies_;
  Napi::Reference<Napi::Promise> stopping_;
  BatchViews views_;
  size_t slots_ = 0;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace weir
