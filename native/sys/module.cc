// What weir_sys.node exports: Sys in src/native/sys.ts.
#include <napi.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "sys/group.h"
#include "sys/hidden_memory.h"
#include "sys/lock_file.h"
#include "sys/notify.h"
#include "sys/peer.h"

namespace weir {
namespace {

// Kept until they are released or the environment ends, whoever still knows them in JavaScript.
struct Locks {
  std::vector<std::shared_ptr<LockFile>> taken;
};

std::string text(const Napi::Value& value, const char* name) {
  if (value.IsString()) return value.As<Napi::String>();
  throw Napi::TypeError::New(value.Env(), std::string(name) + " is no string");
}

int descriptor(const Napi::Value& value) {
  if (value.IsNumber()) return value.As<Napi::Number>().Int32Value();
  throw Napi::TypeError::New(value.Env(), "fd is no number");
}

// With `code` as Node's own errors have it.
Napi::Error to_error(Napi::Env env, const std::system_error& failure) {
  Napi::Error error = Napi::Error::New(env, failure.what());
  const char* name = strerrorname_np(failure.code().value());
  error.Set("code", Napi::String::New(env, name != nullptr ? name : "EUNKNOWN"));
  return error;
}

template <Napi::Value (*Call)(const Napi::CallbackInfo&)>
Napi::Value failing(const Napi::CallbackInfo& call) {
  try {
    return Call(call);
  } catch (const std::system_error& failure) {
    throw to_error(call.Env(), failure);
  }
}

Napi::Value notify_systemd(const Napi::CallbackInfo& call) {
  const std::string message = text(call[0], "text");
  const char* socket = getenv("NOTIFY_SOCKET");
  if (socket != nullptr) notify(socket, message);
  return Napi::Boolean::New(call.Env(), socket != nullptr);
}

Napi::Value peer_of(const Napi::CallbackInfo& call) {
  const PeerCredentials peer = peer_credentials(descriptor(call[0]));
  Napi::Object object = Napi::Object::New(call.Env());
  object.Set("pid", peer.pid);
  object.Set("uid", peer.uid);
  object.Set("gid", peer.gid);
  Napi::Array groups = Napi::Array::New(call.Env());
  for (const gid_t group : peer.groups) groups.Set(groups.Length(), group);
  object.Set("groups", groups);
  return object;
}

Napi::Value lock_file(const Napi::CallbackInfo& call) {
  const std::shared_ptr<LockFile> lock = LockFile::take(text(call[0], "path"));
  if (lock == nullptr) return call.Env().Undefined();
  call.Env().GetInstanceData<Locks>()->taken.push_back(lock);
  const auto release = [lock](const Napi::CallbackInfo& released) {
    lock->release();
    std::erase(released.Env().GetInstanceData<Locks>()->taken, lock);
  };
  Napi::Object object = Napi::Object::New(call.Env());
  object.Set("release", Napi::Function::New(call.Env(), release, "release"));
  return object;
}

Napi::Value group_of(const Napi::CallbackInfo& call) {
  const auto id = group_id(text(call[0], "name"));
  return id ? Napi::Number::New(call.Env(), *id) : call.Env().Undefined();
}

void hide(const Napi::CallbackInfo&) { hide_memory(); }

Napi::Object init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Locks);
  exports.Set("notify", Napi::Function::New(env, failing<notify_systemd>, "notify"));
  exports.Set("peerCredentials", Napi::Function::New(env, failing<peer_of>, "peerCredentials"));
  exports.Set("lockFile", Napi::Function::New(env, failing<lock_file>, "lockFile"));
  exports.Set("groupId", Napi::Function::New(env, failing<group_of>, "groupId"));
  exports.Set("hideMemory", Napi::Function::New(env, hide, "hideMemory"));
  return exports;
}

NODE_API_MODULE(weir_sys, init)

}  // namespace
}  // namespace weir
