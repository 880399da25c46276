#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "event_loop.h"
#include "sockets.h"
#include "token_bucket.h"

namespace camsim {

/** What passes a link at this moment; shared by its connections. */
struct LinkRules {
  bool blackhole = false;
  std::optional<TokenBucket> to_client;
  std::optional<TokenBucket> to_server;

  bool Faulty() const { return blackhole || to_client; }
};

/** Carries bytes both ways between a client and the server. Lives on the event loop's thread. */
class Connection {
 public:
  /** `on_end` may delete this object. */
  Connection(EventLoop& loop, LinkRules& rules, Socket client, Socket server,
             std::function<void(Connection*)> on_end);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /** Moves what may move. To be called when the rules changed or tokens came; may end the connection. */
  void Update();
  /** Both peers get RST. The object is then only good for deleting. */
  void Reset();
  /** Bytes from the server that the client has not been given. */
  size_t HeldForClient() const { return client_.held.size(); }

 private:
  struct End : EventLoop::Handler {
    End(Connection& owner, Socket socket, std::optional<TokenBucket>& bucket)
        : owner(owner), socket(std::move(socket)), bucket(bucket) {}
    void OnReady(uint32_t events) override { owner.OnReady(*this, events); }

    Connection& owner;
    Socket socket;
    std::optional<TokenBucket>& bucket;  // limits what is written here
    std::string held;                    // to be written here
    uint32_t events = 0;
    bool blocked = false;  // the peer does not read fast enough
    bool ended = false;    // nothing more can be read here
  };

  void OnReady(End& end, uint32_t events);
  void Read(End& from, End& to);
  void Write(End& to);
  bool MayRead(const End& from, const End& to) const;
  void Want(End& end, const End& other);
  void Stop(End& end);

  EventLoop& loop_;
  LinkRules& rules_;
  End client_;
  End server_;
  bool broken_ = false;
  std::function<void(Connection*)> on_end_;
};

}  // namespace camsim
