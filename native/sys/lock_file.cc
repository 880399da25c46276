#include "sys/lock_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "sys/descriptor.h"
#include "sys/system_failure.h"

namespace weir {
namespace {

// Never destroyed: a thread may fork while the process ends.
std::mutex& mutex() {
  static auto* const mutex = new std::mutex;
  return *mutex;
}
std::vector<LockFile*>& taken() {
  static auto* const taken = new std::vector<LockFile*>;
  return *taken;
}

// A lock belongs to the open file, which a forked child has as well. A child that is started loses it by
// itself.
void forget_when_forked() {
  static std::once_flag once;
  std::call_once(once, [] {
    pthread_atfork([] { mutex().lock(); }, [] { mutex().unlock(); },
                   [] {
                     for (LockFile* lock : taken()) lock->forget();
                     taken().clear();
                     mutex().unlock();
                   });
  });
}

void write_own_number(int descriptor, const std::string& path) {
  const std::string text = std::to_string(getpid()) + '\n';
  if (ftruncate(descriptor, 0) < 0 || pwrite(descriptor, text.data(), text.size(), 0) < 0) fail(path);
}

void make_empty(int descriptor) { [[maybe_unused]] const int failed = ftruncate(descriptor, 0); }

}  // namespace

LockFile::LockFile(int descriptor) : descriptor_(descriptor) {
  forget_when_forked();
  std::lock_guard lock(mutex());
  taken().push_back(this);
}

std::unique_ptr<LockFile> LockFile::take(const std::string& path) {
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) fail(path);
  if (flock(file.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) return nullptr;
    fail(path);
  }
  write_own_number(file.get(), path);
  return std::unique_ptr<LockFile>(new LockFile(file.take()));
}

void LockFile::release() {
  std::lock_guard lock(mutex());
  std::erase(taken(), this);
  const Descriptor file(std::exchange(descriptor_, -1));
  if (file.get() < 0) return;
  make_empty(file.get());
  flock(file.get(), LOCK_UN);  // a child that is being started may have it open for a moment more
}

void LockFile::forget() { close(std::exchange(descriptor_, -1)); }

}  // namespace weir
