// Preloaded into a process: a disk that is full, hangs or has become read-only, for files below one folder.
// WEIR_TEST_DISK_FOLDER names the folder, WEIR_TEST_DISK_MODE a file that holds `well`, `full`, `hung` or
// `read-only`.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(20);

enum class Use { kData, kNames, kSync };

std::string mode() {
  static const char* const file = std::getenv("WEIR_TEST_DISK_MODE");
  if (file == nullptr) return {};
  const long fd = syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::array<char, 16> text{};
  const long length = syscall(SYS_read, fd, text.data(), text.size());
  syscall(SYS_close, fd);
  return {text.data(), static_cast<std::size_t>(length < 0 ? 0 : length)};
}

bool below(std::string_view path) {
  static const char* const folder = std::getenv("WEIR_TEST_DISK_FOLDER");
  return folder != nullptr && path.starts_with(folder);
}

bool below(int fd) {
  std::array<char, 32> link{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  std::array<char, 4096> path{};
  const ssize_t length = readlink(link.data(), path.data(), path.size());
  return length > 0 && below(std::string_view(path.data(), static_cast<std::size_t>(length)));
}

// 0 where the call may be made; waits while the disk hangs.
template <typename File>
int refused(File file, Use use) {
  if (!below(file)) return 0;
  std::string now = mode();
  for (; now == "hung"; now = mode()) std::this_thread::sleep_for(kLookEvery);
  if (now == "full" && use != Use::kSync) return ENOSPC;
  return now == "read-only" ? EROFS : 0;
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

template <typename Function, typename File, typename... Args>
auto call(const char* name, Use use, File file, Args... args) -> decltype(std::declval<Function>()(args...)) {
  if (const int error = refused(file, use); error != 0) {
    errno = error;
    return -1;
  }
  return next<Function>(name)(args...);
}

}  // namespace

extern "C" {

// What Node.js is linked with for `open`.
int open64(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const auto access = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
  va_end(list);
  using Open = int(const char*, int, ...);
  if ((flags & (O_WRONLY | O_RDWR)) == 0) return next<Open>("open64")(path, flags, access);
  return call<Open>("open64", Use::kNames, path, path, flags, access);
}

ssize_t write(int fd, const void* bytes, size_t length) {
  return call<ssize_t(int, const void*, size_t)>("write", Use::kData, fd, fd, bytes, length);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  return call<ssize_t(int, const iovec*, int)>("writev", Use::kData, fd, fd, parts, count);
}

ssize_t pwrite64(int fd, const void* bytes, size_t length, off64_t offset) {
  return call<ssize_t(int, const void*, size_t, off64_t)>("pwrite64", Use::kData, fd, fd, bytes, length,
                                                          offset);
}

int fsync(int fd) { return call<int(int)>("fsync", Use::kSync, fd, fd); }
int fdatasync(int fd) { return call<int(int)>("fdatasync", Use::kSync, fd, fd); }

int mkdir(const char* path, mode_t access) noexcept {
  return call<int(const char*, mode_t)>("mkdir", Use::kNames, path, path, access);
}

int rename(const char* from, const char* to) noexcept {
  return call<int(const char*, const char*)>("rename", Use::kSync, to, from, to);
}

int link(const char* from, const char* to) noexcept {
  return call<int(const char*, const char*)>("link", Use::kNames, to, from, to);
}

int unlink(const char* path) noexcept { return call<int(const char*)>("unlink", Use::kSync, path, path); }

}  // extern "C"
