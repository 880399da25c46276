#include "addon/inbox.h"

#include <utility>

namespace weir {
namespace {

constexpr size_t kMaxLosable = 1000;

}  // namespace

std::shared_ptr<Inbox> Inbox::open(Napi::Env env) {
  auto inbox = std::make_shared<Inbox>(env);
  auto* held = new std::shared_ptr<Inbox>(inbox);
  const auto release = [](Napi::Env, std::shared_ptr<Inbox>* data, Inbox*) { delete data; };
  // One waiting call is enough: whoever runs it empties the whole inbox.
  inbox->signal_ = Signal::New(env, "weir", 1, 1, inbox.get(), release, held);
  inbox->signal_.Unref(env);
  return inbox;
}

void Inbox::post(Task task) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  items_.push_back({std::move(task), false});
  signal();
}

bool Inbox::offer(Task task) {
  std::lock_guard lock(mutex_);
  if (closed_ || losable_ >= kMaxLosable) return false;
  losable_++;
  items_.push_back({std::move(task), true});
  signal();
  return true;
}

void Inbox::wake() {
  if (wake_.exchange(true)) return;
  std::lock_guard lock(mutex_);
  if (!closed_) signal();
}

// A full queue means that a call is on its way already. Under the lock: close() must not come between.
void Inbox::signal() { signal_.NonBlockingCall(); }

void Inbox::await() {
  if (awaited_++ == 0) signal_.Ref(env_);
}

void Inbox::settle() {
  if (--awaited_ == 0 && !closed_) signal_.Unref(env_);
}

void Inbox::close() {
  std::deque<Item> left;
  std::lock_guard lock(mutex_);
  if (std::exchange(closed_, true)) return;
  left.swap(items_);
  on_wake_ = nullptr;
  signal_.Release();
}

// A handler that throws must not keep the others from running.
void Inbox::run(Napi::Env env, const Task& task) {
  Napi::HandleScope scope(env);
  try {
    task(env);
  } catch (const Napi::Error& error) {
    napi_fatal_exception(env, error.Value());
  }
}

void Inbox::drain(Napi::Env env, Napi::Function, Inbox* inbox, void*) {
  if (env == nullptr) return;
  const auto self = inbox->shared_from_this();
  std::deque<Item> items;
  {
    std::lock_guard lock(self->mutex_);
    items.swap(self->items_);
    self->losable_ = 0;
  }
  for (const Item& item : items) {
    if (self->closed_) return;
    run(env, item.task);
  }
  if (self->wake_.exchange(false) && self->on_wake_) {
    const Task on_wake = self->on_wake_;
    run(env, on_wake);
  }
}

}  // namespace weir
