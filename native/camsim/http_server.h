#pragma once

#include <gio/gio.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "gst_ptr.h"

namespace camsim {

struct HttpRequest {
  std::string method;
  std::string path;
  /** By name in lower case. */
  std::map<std::string, std::string> headers;
  std::string body;

  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::map<std::string, std::string> headers;
  /** Waits so long before it answers. */
  double delay_seconds = 0;
  /** The body is followed by more, until the client goes. */
  bool endless = false;
};

/** One request per connection, each in a thread of its own. */
class HttpServer {
 public:
  /** Called on those threads. */
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  /** `host` is an address; port 0: any free one. Throws std::runtime_error. */
  HttpServer(const std::string& host, int port, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int Port() const { return port_; }

 private:
  struct State;

  static void Serve(GIOStream* stream, State& state);
  void Listen(const std::string& host, int port);

  const std::shared_ptr<State> state_;
  GObjectPtr<GSocketService> service_;
  int port_ = 0;
};

}  // namespace camsim
