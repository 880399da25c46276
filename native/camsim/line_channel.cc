#include "line_channel.h"

#include <glib-unix.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace camsim {
namespace {

/** A client that does not read its answers for so long is given up. */
constexpr int kWriteMilliseconds = 2000;

}  // namespace

LineChannel::LineChannel(int in, int out, AnswerLine answer, std::function<void()> on_end)
    : in_(in), out_(out), answer_(std::move(answer)), on_end_(std::move(on_end)) {
  source_ = g_unix_fd_add(
      in_, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR),
      [](gint, GIOCondition, gpointer self) { return static_cast<LineChannel*>(self)->Read(); }, this);
}

LineChannel::~LineChannel() {
  if (source_) g_source_remove(source_);
}

gboolean LineChannel::Read() {
  std::array<char, 4096> chunk;
  const ssize_t length = read(in_, chunk.data(), chunk.size());
  if (length < 0 && (errno == EINTR || errno == EAGAIN)) return G_SOURCE_CONTINUE;
  if (length > 0) buffer_.append(chunk.data(), static_cast<size_t>(length));
  if (length > 0 && AnswerLines()) return G_SOURCE_CONTINUE;
  source_ = 0;
  const auto on_end = on_end_;  // outlives this object
  on_end();
  return G_SOURCE_REMOVE;
}

bool LineChannel::AnswerLines() {
  for (size_t end; (end = buffer_.find('\n')) != std::string::npos; buffer_.erase(0, end + 1)) {
    if (end > 0 && !Write(answer_(buffer_.substr(0, end)) + "\n")) return false;
  }
  return true;
}

bool LineChannel::Write(const std::string& line) {
  for (size_t done = 0; done < line.size();) {
    const ssize_t written = write(out_, line.data() + done, line.size() - done);
    if (written > 0) done += static_cast<size_t>(written);
    if (written >= 0 || errno == EINTR) continue;
    pollfd writable{out_, POLLOUT, 0};
    if (errno != EAGAIN || poll(&writable, 1, kWriteMilliseconds) <= 0) return false;
  }
  return true;
}

ControlPort::ControlPort(int port, AnswerLine answer)
    : listener_(Listen("127.0.0.1", port)), answer_(std::move(answer)) {
  source_ = g_unix_fd_add(
      listener_.Fd(), G_IO_IN,
      [](gint, GIOCondition, gpointer self) -> gboolean {
        static_cast<ControlPort*>(self)->OnClient();
        return G_SOURCE_CONTINUE;
      },
      this);
}

ControlPort::~ControlPort() { g_source_remove(source_); }

void ControlPort::OnClient() {
  Socket socket = Accept(listener_);
  if (!socket) return;
  const auto client = clients_.insert(clients_.end(), Client{std::move(socket), nullptr});
  const int fd = client->socket.Fd();
  client->channel =
      std::make_unique<LineChannel>(fd, fd, answer_, [this, client] { clients_.erase(client); });
}

}  // namespace camsim
