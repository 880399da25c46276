#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace camsim {

/** One thread that waits for file descriptors and calls whom they belong to, one after the other. */
class EventLoop {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    /** `events` as epoll says them. The handler may delete itself. */
    virtual void OnReady(uint32_t events) = 0;
  };
  class Ticker {
   public:
    virtual ~Ticker() = default;
    virtual void OnTick() = 0;
  };

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /** Any other thread: runs `work` on the loop's thread; returns when that is done, or throws as it did. */
  void Run(std::function<void()> work);

  // The loop's thread only:
  void Watch(int fd, uint32_t events, Handler* handler);
  void Change(int fd, uint32_t events, Handler* handler);
  void Forget(int fd);
  /** Every 10 ms from now on; without tickers the loop sleeps until something comes. */
  void AddTicker(Ticker* ticker) { tickers_.insert(ticker); }
  void RemoveTicker(Ticker* ticker) { tickers_.erase(ticker); }

 private:
  void Loop();
  void RunWork();

  int epoll_;
  int wake_;
  std::set<Ticker*> tickers_;
  std::mutex mutex_;
  std::vector<std::packaged_task<void()>> work_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace camsim
