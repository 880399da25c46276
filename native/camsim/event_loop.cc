#include "event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace camsim {
namespace {

constexpr auto kTick = std::chrono::milliseconds(10);

void Check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC)) {
  Check(epoll_, "epoll_create1");
  Check(wake_, "eventfd");
  Watch(wake_, EPOLLIN, nullptr);
  thread_ = std::thread([this] { Loop(); });
}

EventLoop::~EventLoop() {
  Run([this] { stopping_ = true; });
  thread_.join();
  close(wake_);
  close(epoll_);
}

void EventLoop::Run(std::function<void()> work) {
  std::packaged_task<void()> task(std::move(work));
  auto done = task.get_future();
  {
    std::lock_guard lock(mutex_);
    work_.push_back(std::move(task));
  }
  eventfd_write(wake_, 1);
  done.get();
}

void EventLoop::Watch(int fd, uint32_t events, Handler* handler) {
  epoll_event event{events, {handler}};
  Check(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void EventLoop::Change(int fd, uint32_t events, Handler* handler) {
  epoll_event event{events, {handler}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::Forget(int fd) { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

void EventLoop::Loop() {
  using Clock = std::chrono::steady_clock;
  auto ticked = Clock::now();
  while (!stopping_) {
    // One event at a time: what handling it does to other descriptors must show in the next.
    epoll_event event;
    const int timeout = tickers_.empty() ? -1 : static_cast<int>(kTick.count());
    const int count = epoll_wait(epoll_, &event, 1, timeout);
    if (count > 0 && event.data.ptr) static_cast<Handler*>(event.data.ptr)->OnReady(event.events);
    if (count > 0 && !event.data.ptr) RunWork();
    if (tickers_.empty() || Clock::now() - ticked < kTick) continue;
    ticked = Clock::now();
    for (Ticker* ticker : std::set(tickers_)) ticker->OnTick();
  }
}

void EventLoop::RunWork() {
  eventfd_t count;
  eventfd_read(wake_, &count);
  std::vector<std::packaged_task<void()>> work;
  {
    std::lock_guard lock(mutex_);
    work.swap(work_);
  }
  for (auto& task : work) task();
}

}  // namespace camsim
