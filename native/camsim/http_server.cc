#include "http_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "signals.h"

namespace camsim {

/** Outlives the server as long as a thread of its own needs it. */
struct HttpServer::State {
  Handler handler;
  std::atomic<bool> stopping = false;
};

namespace {

/** A service that counts its threads crashes in GLib 2.74 when it has as many as it may. */
constexpr int kAnyNumber = -1;
constexpr size_t kLongestRequest = 1 << 20;
constexpr double kStepSeconds = 0.02;

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), g_ascii_tolower);
  return text;
}

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

HttpRequest ParseHead(const std::string& head) {
  HttpRequest request;
  const size_t line_end = head.find("\r\n");
  const size_t space = head.find(' ');
  request.method = head.substr(0, space);
  request.path = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
  for (size_t at = line_end; at != std::string::npos && at + 2 < head.size();) {
    const size_t end = head.find("\r\n", at + 2);
    const std::string line = head.substr(at + 2, end == std::string::npos ? end : end - at - 2);
    const size_t colon = line.find(':');
    if (colon != std::string::npos)
      request.headers[LowerCase(line.substr(0, colon))] = Trimmed(line.substr(colon + 1));
    at = end;
  }
  return request;
}

/** False when the client goes before its request is whole. */
bool Receive(GInputStream* in, HttpRequest& request) {
  std::string text;
  std::array<char, 4096> chunk;
  size_t body = std::string::npos;
  size_t length = 0;
  while (body == std::string::npos || text.size() < body + length) {
    const gssize got = g_input_stream_read(in, chunk.data(), chunk.size(), nullptr, nullptr);
    if (got <= 0 || text.size() > kLongestRequest) return false;
    text.append(chunk.data(), static_cast<size_t>(got));
    const size_t end = text.find("\r\n\r\n");
    if (body != std::string::npos || end == std::string::npos) continue;
    body = end + 4;
    request = ParseHead(text.substr(0, end));
    length = std::strtoul(request.Header("content-length").c_str(), nullptr, 10);
  }
  request.body = text.substr(body, length);
  return true;
}

bool Send(GOutputStream* out, const std::string& text) {
  return g_output_stream_write_all(out, text.data(), text.size(), nullptr, nullptr, nullptr);
}

std::string Head(const HttpResponse& response) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " Said\r\nConnection: close\r\n";
  for (const auto& [name, value] : response.headers) {
    head += name;
    head += ": " + value + "\r\n";
  }
  if (!response.endless) head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  return head + "\r\n";
}

void Wait(double seconds, const std::atomic<bool>& stopping) {
  for (double waited = 0; waited < seconds && !stopping; waited += kStepSeconds)
    g_usleep(static_cast<gulong>(kStepSeconds * G_USEC_PER_SEC));
}

}  // namespace

void HttpServer::Serve(GIOStream* stream, State& state) {
  HttpRequest request;
  if (!Receive(g_io_stream_get_input_stream(stream), request)) return;
  const HttpResponse response = state.handler(request);
  Wait(response.delay_seconds, state.stopping);
  GOutputStream* out = g_io_stream_get_output_stream(stream);
  bool open = Send(out, Head(response) + response.body);
  while (open && response.endless && !state.stopping) open = Send(out, std::string(4096, ' '));
}

HttpServer::HttpServer(const std::string& host, int port, Handler handler)
    : state_(std::make_shared<State>()), service_(g_threaded_socket_service_new(kAnyNumber)) {
  state_->handler = std::move(handler);
  ConnectSignal(service_.get(), "run",
                G_CALLBACK(+[](GThreadedSocketService*, GSocketConnection* client, GObject*,
                               gpointer data) -> gboolean {
                  const std::shared_ptr<State> state = *static_cast<std::shared_ptr<State>*>(data);
                  Serve(G_IO_STREAM(client), *state);
                  return TRUE;
                }),
                state_);
  Listen(host, port);
}

void HttpServer::Listen(const std::string& host, int port) {
  const GObjectPtr<GSocketAddress> address(
      g_inet_socket_address_new_from_string(host.c_str(), static_cast<guint>(port)));
  if (!address) throw std::runtime_error(host + ": expected an address");
  GSocketAddress* bound = nullptr;
  GError* error = nullptr;
  g_socket_listener_add_address(G_SOCKET_LISTENER(service_.get()), address.get(), G_SOCKET_TYPE_STREAM,
                                G_SOCKET_PROTOCOL_TCP, nullptr, &bound, &error);
  const GstPtr<GError> owned(error);
  if (error)
    throw std::runtime_error("cannot listen on " + host + " port " + std::to_string(port) + ": " +
                             error->message);
  port_ = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
  g_object_unref(bound);
}

HttpServer::~HttpServer() {
  state_->stopping = true;
  g_socket_service_stop(service_.get());
  g_socket_listener_close(G_SOCKET_LISTENER(service_.get()));
}

}  // namespace camsim
