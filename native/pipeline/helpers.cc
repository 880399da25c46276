#include "pipeline/helpers.h"

#include <utility>

namespace weir {
namespace {

using namespace std::chrono_literals;

constexpr auto kIdleTime = 500ms;
constexpr auto kEndDeadline = 1s;

}  // namespace

struct Helpers::State {
  std::mutex mutex;
  std::condition_variable wanted;
  std::condition_variable changed;
  std::deque<Task> tasks;
  std::vector<std::thread::id> ended;
  size_t idle = 0;
  size_t running = 0;
  bool quitting = false;
};

Helpers::Helpers(size_t most) : most_(most), state_(std::make_shared<State>()) {}

Helpers::~Helpers() {
  std::unique_lock lock(state_->mutex);
  state_->quitting = true;
  state_->wanted.notify_all();
  state_->changed.wait_for(lock, kEndDeadline, [&] { return state_->ended.size() == threads_.size(); });
  std::vector<std::thread> ended = take_ended();
  lock.unlock();
  for (std::thread& thread : ended) thread.join();
  for (auto& [id, thread] : threads_) thread.detach();
}

// Joined by the caller, without the lock.
std::vector<std::thread> Helpers::take_ended() {
  std::vector<std::thread> ended;
  for (const std::thread::id& id : std::exchange(state_->ended, {}))
    ended.push_back(std::move(threads_.extract(id).mapped()));
  return ended;
}

void Helpers::run(Task task) {
  std::vector<std::thread> ended;
  {
    std::lock_guard lock(state_->mutex);
    ended = take_ended();
    state_->tasks.push_back(std::move(task));
    if (state_->tasks.size() > state_->idle && threads_.size() < most_) {
      std::thread thread(work, state_);
      threads_.emplace(thread.get_id(), std::move(thread));
    } else {
      state_->wanted.notify_one();
    }
  }
  for (std::thread& thread : ended) thread.join();
}

void Helpers::work(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  const auto has_news = [&] { return state->quitting || !state->tasks.empty(); };
  while (true) {
    if (state->tasks.empty()) {
      state->idle++;
      const bool woken = state->wanted.wait_for(lock, kIdleTime, has_news);
      state->idle--;
      if (!woken || state->tasks.empty()) break;
    }
    Task task = std::move(state->tasks.front());
    state->tasks.pop_front();
    state->running++;
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
    state->running--;
    state->changed.notify_all();
  }
  state->ended.push_back(std::this_thread::get_id());
  state->changed.notify_all();
}

bool Helpers::run_all(std::vector<Task> tasks, Clock::time_point deadline) {
  struct Group {
    std::mutex mutex;
    std::condition_variable changed;
    size_t left;
  };
  const auto group = std::make_shared<Group>();
  group->left = tasks.size();
  for (Task& task : tasks)
    run([group, task = std::move(task)]() mutable {
      task();
      task = nullptr;
      std::lock_guard lock(group->mutex);
      group->left--;
      group->changed.notify_one();
    });
  std::unique_lock lock(group->mutex);
  return group->changed.wait_until(lock, deadline, [&] { return group->left == 0; });
}

bool Helpers::wait_idle(Clock::time_point deadline) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_until(lock, deadline,
                                    [&] { return state_->tasks.empty() && state_->running == 0; });
}

size_t Helpers::threads() const {
  std::lock_guard lock(state_->mutex);
  return threads_.size() - state_->ended.size();
}

}  // namespace weir
