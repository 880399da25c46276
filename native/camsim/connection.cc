#include "connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace camsim {
namespace {

/** A client that reads slowly is the server's matter: it feels a full socket, as without a link. */
constexpr size_t kHeld = size_t{64} << 10;
/** Under a fault the camera itself sends less (Link::Congested), so this is never reached. */
constexpr size_t kHeldUnderFault = size_t{4} << 20;

}  // namespace

Connection::Connection(EventLoop& loop, LinkRules& rules, Socket client, Socket server,
                       std::function<void(Connection*)> on_end)
    : loop_(loop),
      rules_(rules),
      client_(*this, std::move(client), rules.to_client),
      server_(*this, std::move(server), rules.to_server),
      on_end_(std::move(on_end)) {
  loop_.Watch(client_.socket.Fd(), 0, &client_);
  loop_.Watch(server_.socket.Fd(), 0, &server_);
  Want(client_, server_);
  Want(server_, client_);
}

Connection::~Connection() {
  for (End* end : {&client_, &server_}) {
    if (end->socket) loop_.Forget(end->socket.Fd());
  }
}

void Connection::Reset() {
  for (End* end : {&client_, &server_}) {
    loop_.Forget(end->socket.Fd());
    end->socket.Reset();
  }
}

void Connection::OnReady(End& end, uint32_t events) {
  End& other = &end == &client_ ? server_ : client_;
  if (events & EPOLLOUT) end.blocked = false;
  if (events & EPOLLIN) {
    Read(end, other);
  } else if (events & (EPOLLHUP | EPOLLERR)) {
    Stop(end);
  }
  Update();
}

void Connection::Update() {
  Write(client_);
  Write(server_);
  // Neither the end of a connection nor its reset passes a black hole.
  const bool over = (client_.ended && server_.held.empty()) || (server_.ended && client_.held.empty());
  if (broken_ || (over && !rules_.blackhole)) {
    if (broken_) Reset();
    on_end_(this);
    return;
  }
  Want(client_, server_);
  Want(server_, client_);
}

void Connection::Read(End& from, End& to) {
  std::array<char, 65536> chunk;
  const ssize_t length = recv(from.socket.Fd(), chunk.data(), chunk.size(), 0);
  if (length > 0) {
    to.held.append(chunk.data(), static_cast<size_t>(length));
  } else if (length == 0 || (errno != EAGAIN && errno != EINTR)) {
    broken_ = broken_ || (length < 0 && !rules_.blackhole);
    Stop(from);
  }
}

void Connection::Write(End& to) {
  if (rules_.blackhole || to.blocked || to.held.empty()) return;
  size_t length = to.held.size();
  if (to.bucket) length = std::min(length, to.bucket->Available(TokenBucket::Clock::now()));
  if (length == 0) return;
  const ssize_t written = send(to.socket.Fd(), to.held.data(), length, MSG_NOSIGNAL);
  if (written > 0) {
    if (to.bucket) to.bucket->Take(static_cast<size_t>(written));
    to.held.erase(0, static_cast<size_t>(written));
  }
  to.blocked = written < static_cast<ssize_t>(length);
  broken_ = broken_ || (written < 0 && errno != EAGAIN && errno != EINTR);
}

bool Connection::MayRead(const End& from, const End& to) const {
  if (from.ended || (rules_.blackhole && &from == &client_)) return false;
  return to.held.size() < (rules_.Faulty() ? kHeldUnderFault : kHeld);
}

void Connection::Want(End& end, const End& other) {
  if (end.ended) return;
  const bool write = end.blocked && !rules_.blackhole;
  const uint32_t events = (MayRead(end, other) ? EPOLLIN : 0U) | (write ? EPOLLOUT : 0U);
  if (events != end.events) loop_.Change(end.socket.Fd(), events, &end);
  end.events = events;
}

/** Forgotten, because epoll reports a hung-up socket for ever. */
void Connection::Stop(End& end) {
  end.ended = true;
  loop_.Forget(end.socket.Fd());
}

}  // namespace camsim
