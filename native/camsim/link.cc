#include "link.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace camsim {
namespace {

constexpr double kBlackholeHolds = 128 << 10;
constexpr double kLeastHeld = 8 << 10;

}  // namespace

Link::Link(EventLoop& loop, std::string host, int server_port)
    : loop_(loop),
      host_(std::move(host)),
      server_port_(server_port),
      reserved_(Reserve(host_)),
      port_(PortOf(reserved_)),
      listener_(ListenReserved(host_, port_)) {
  loop_.Run([this] { loop_.Watch(listener_.Fd(), EPOLLIN, this); });
}

Link::~Link() {
  loop_.Run([this] {
    Shut();
    loop_.RemoveTicker(this);
    connections_.clear();
  });
}

void Link::Refuse(bool refuse) {
  loop_.Run([this, refuse] {
    if (refuse) {
      Shut();
      ResetAll();
    } else if (!listener_) {
      Open();
    }
  });
}

void Link::Reset() {
  loop_.Run([this] { ResetAll(); });
}

void Link::Blackhole(bool on) {
  loop_.Run([this, on] {
    rules_.blackhole = on;
    OnRules();
  });
}

void Link::Throttle(double bytes_per_second) {
  loop_.Run([this, bytes_per_second] {
    rules_.to_client.reset();
    rules_.to_server.reset();
    if (bytes_per_second > 0) {
      rules_.to_client.emplace(bytes_per_second, TokenBucket::Clock::now());
      rules_.to_server = rules_.to_client;
    }
    OnRules();
  });
}

void Link::OnRules() {
  if (rules_.Faulty()) {
    loop_.AddTicker(this);
  } else {
    loop_.RemoveTicker(this);
  }
  UpdateAll();
}

void Link::Open() {
  listener_ = ListenReserved(host_, port_);
  loop_.Watch(listener_.Fd(), EPOLLIN, this);
}

void Link::Shut() {
  if (!listener_) return;
  loop_.Forget(listener_.Fd());
  listener_.Reset();
}

void Link::OnReady(uint32_t) {
  while (Socket client = Accept(listener_)) {
    Socket server = Connect(host_, server_port_);
    if (!server) continue;
    connections_.push_back(std::make_unique<Connection>(loop_, rules_, std::move(client), std::move(server),
                                                        [this](Connection* ended) { OnEnd(ended); }));
  }
}

void Link::ResetAll() {
  for (const auto& connection : connections_) connection->Reset();
  connections_.clear();
  Measure();
}

void Link::UpdateAll() {
  // By index from the end: a connection that ends removes itself.
  for (size_t i = connections_.size(); i-- > 0;) connections_[i]->Update();
  Measure();
}

void Link::Measure() {
  size_t held = 0;
  for (const auto& connection : connections_) held = std::max(held, connection->HeldForClient());
  double limit = kBlackholeHolds;
  if (rules_.to_client) limit = std::max(rules_.to_client->BytesPerSecond() / 2, kLeastHeld);
  const char* fault = rules_.blackhole ? "blackhole" : "throttle";
  congested_ = rules_.Faulty() && static_cast<double>(held) > limit ? fault : nullptr;
}

void Link::OnEnd(Connection* connection) {
  std::erase_if(connections_, [&](const auto& owned) { return owned.get() == connection; });
}

}  // namespace camsim
