#include "addon/pipeline_object.h"

#include <utility>

#include "addon/js_event.h"
#include "addon/parse.h"

namespace weir {
namespace {

constexpr int64_t kMaxTimeoutMs = 600'000;

Napi::Promise rejected(Napi::Env env, const Failure& failure) {
  const auto deferred = Napi::Promise::Deferred::New(env);
  deferred.Reject(to_error(env, failure).Value());
  return deferred.Promise();
}

Napi::Promise resolved(Napi::Env env) {
  const auto deferred = Napi::Promise::Deferred::New(env);
  deferred.Resolve(env.Undefined());
  return deferred.Promise();
}

}  // namespace

size_t PipelineObject::slot_of(const Napi::CallbackInfo& info) const {
  return Field(info[0], "slot").integer(0, static_cast<int64_t>(slots_) - 1);
}

Pipeline::Done PipelineObject::without_value(Settle settle) {
  return
      [settle = std::move(settle)](std::optional<Failure> failure) { settle(std::move(failure), nullptr); };
}

Napi::Function PipelineObject::define(Napi::Env env) {
  return DefineClass(env, "Pipeline",
                     {InstanceMethod<&PipelineObject::start>("start"),
                      InstanceMethod<&PipelineObject::add_source>("addSource"),
                      InstanceMethod<&PipelineObject::select>("select"),
                      InstanceMethod<&PipelineObject::remove_source>("removeSource"),
                      InstanceMethod<&PipelineObject::snapshot>("snapshot"),
                      InstanceMethod<&PipelineObject::take_batch>("takeBatch"),
                      InstanceMethod<&PipelineObject::release_batch>("releaseBatch"),
                      InstanceMethod<&PipelineObject::counters>("counters"),
                      InstanceMethod<&PipelineObject::latencies>("latencies"),
                      InstanceMethod<&PipelineObject::stop>("stop")});
}

PipelineObject::PipelineObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PipelineObject>(info) {
  const Napi::Env env = info.Env();
  try {
    Graph graph = parse_graph(Field(info[0], "graph"));
    const Field handlers_field(info[1], "handlers");
    on_event_ = Napi::Persistent(handlers_field.at("onEvent").function());
    on_batch_ = Napi::Persistent(handlers_field.at("onBatch").function());
    handlers_ = Napi::Persistent(info[1].As<Napi::Object>());
    slots_ = graph.slots;
    counters_ = Napi::Persistent(Napi::Float64Array::New(env, counter_row_size(slots_)));
    latencies_ = Napi::Persistent(Napi::Float64Array::New(env, Latencies::kNumbers));
    inbox_ = Inbox::open(env);
    pipeline_ = std::make_unique<Pipeline>(std::move(graph), handlers(inbox_));
  } catch (const Failure& failure) {
    throw to_error(env, failure);
  }
  // The environment may end before the object is collected. Registered after the inbox's own hook, so that
  // it runs before that.
  napi_add_env_cleanup_hook(env, on_env_end, this);
}

PipelineObject::~PipelineObject() {
  if (inbox_) napi_remove_env_cleanup_hook(inbox_->env(), on_env_end, this);
  finish();
}

void PipelineObject::on_env_end(void* object) { static_cast<PipelineObject*>(object)->finish(); }

Handlers PipelineObject::handlers(const std::shared_ptr<Inbox>& inbox) {
  inbox->on_wake([this](Napi::Env) { on_batch_.Call(handlers_.Value(), {}); });
  return {.on_event =
              [this, inbox](const Event& event) {
                inbox->offer(
                    [this, event](Napi::Env env) { on_event_.Call(handlers_.Value(), {to_js(env, event)}); });
              },
          .on_batch = [inbox] { inbox->wake(); }};
}

// Joins the pipeline's thread; quick once it is stopped.
void PipelineObject::finish() {
  pipeline_ = nullptr;
  if (inbox_) inbox_->close();
  views_.clear();
  on_event_.Reset();
  on_batch_.Reset();
  handlers_.Reset();
}

Napi::Value PipelineObject::promise(Napi::Env env, const std::function<void(Settle)>& work) {
  if (!pipeline_) return rejected(env, {code::kStopped, "the pipeline is stopped"});
  const auto deferred = Napi::Promise::Deferred::New(env);
  inbox_->await();
  Ref();  // not collected while something is awaited
  const auto end = [this, inbox = inbox_] {
    inbox->settle();
    Unref();
  };
  try {
    work([inbox = inbox_, deferred, end](std::optional<Failure> failure, ToValue value) {
      inbox->post([deferred, end, failure = std::move(failure), value = std::move(value)](Napi::Env js) {
        end();
        if (failure) return deferred.Reject(to_error(js, *failure).Value());
        deferred.Resolve(value ? value(js) : js.Undefined());
      });
    });
  } catch (const Failure& failure) {
    end();
    deferred.Reject(to_error(env, failure).Value());
  }
  return deferred.Promise();
}

Napi::Value PipelineObject::start(const Napi::CallbackInfo& info) {
  return promise(info.Env(), [&](Settle settle) { pipeline_->start(without_value(std::move(settle))); });
}

Napi::Value PipelineObject::add_source(const Napi::CallbackInfo& info) {
  return promise(info.Env(), [&](Settle settle) {
    const size_t slot = slot_of(info);
    pipeline_->add_source(slot, parse_source(Field(info[1], "source")), without_value(std::move(settle)));
  });
}

Napi::Value PipelineObject::select(const Napi::CallbackInfo& info) {
  return promise(info.Env(), [&](Settle settle) {
    const size_t slot = slot_of(info);
    pipeline_->select(slot, parse_selection(Field(info[1], "selection")), without_value(std::move(settle)));
  });
}

Napi::Value PipelineObject::remove_source(const Napi::CallbackInfo& info) {
  if (!pipeline_) return resolved(info.Env());
  return promise(info.Env(), [&](Settle settle) {
    pipeline_->remove_source(slot_of(info), without_value(std::move(settle)));
  });
}

Napi::Value PipelineObject::snapshot(const Napi::CallbackInfo& info) {
  return promise(info.Env(), [&](const Settle& settle) {
    const Field options(info[1], "options");
    const char* branch = options.at("annotated").boolean() ? "jpegAnnotated" : "jpeg";
    const std::chrono::milliseconds timeout(options.at("timeoutMs").integer(1, kMaxTimeoutMs));
    pipeline_->snapshot(
        slot_of(info), branch, timeout, [settle](std::optional<Failure> failure, Bytes bytes) {
          settle(std::move(failure), [bytes = std::move(bytes)](Napi::Env env) -> Napi::Value {
            return Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size());
          });
        });
  });
}

Napi::Value PipelineObject::take_batch(const Napi::CallbackInfo& info) {
  const Batch* batch = pipeline_ ? pipeline_->ring().take() : nullptr;
  return batch != nullptr ? views_.to_js(info.Env(), *batch) : info.Env().Undefined();
}

void PipelineObject::release_batch(const Napi::CallbackInfo& info) {
  if (!pipeline_) return;
  try {
    const int64_t id = Field(info[0], "id").integer(0, kMaxInteger);
    if (!pipeline_->ring().release(id))
      throw Failure(code::kArgument,
                    "id is " + std::to_string(id) + ", expected that of a batch still taken");
  } catch (const Failure& failure) {
    throw to_error(info.Env(), failure);
  }
}

Napi::Value PipelineObject::counters(const Napi::CallbackInfo& info) {
  Napi::Float64Array array = counters_.Value();
  if (pipeline_) pipeline_->read_counters(array.Data());
  return array;
}

Napi::Value PipelineObject::latencies(const Napi::CallbackInfo& info) {
  Napi::Float64Array array = latencies_.Value();
  if (pipeline_) pipeline_->read_latencies(array.Data());
  return array;
}

Napi::Value PipelineObject::stop(const Napi::CallbackInfo& info) {
  if (!stopping_.IsEmpty()) return stopping_.Value();
  if (!pipeline_) return resolved(info.Env());
  const Napi::Value promised = promise(info.Env(), [this](const Settle& settle) {
    pipeline_->stop([this, settle, inbox = inbox_](std::optional<Failure> failure) {
      inbox->post([this](Napi::Env) {
        pipeline_->read_counters(counters_.Value().Data());
        pipeline_ = nullptr;
      });
      settle(std::move(failure), nullptr);
      inbox->post([this](Napi::Env) { finish(); });
    });
  });
  stopping_ = Napi::Persistent(promised.As<Napi::Promise>());
  return promised;
}

}  // namespace weir
