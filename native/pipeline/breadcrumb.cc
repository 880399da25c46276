#include "pipeline/breadcrumb.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iterator>

#include "pipeline/failure.h"

namespace weir {
namespace {

constexpr size_t kNameSize = 16;  // of a thread, by the kernel

// The file. src/native/breadcrumb.ts makes and reads it.
struct Crumb {
  enum State : uint32_t { kEmpty, kBeingWritten, kWritten };

  std::array<char, 4> magic;
  uint32_t version;
  std::atomic<uint32_t> state;
  int32_t signal;
  uint32_t token;
  int32_t slot;
  std::array<char, kNameSize> stage;
  std::array<char, kNameSize> thread;
};
static_assert(sizeof(Crumb) == 56 && std::atomic<uint32_t>::is_always_lock_free);

constexpr std::array<char, 4> kMagic = {'W', 'B', 'R', 'C'};
constexpr uint32_t kVersion = 1;

// GLib's g_error ends in SIGTRAP.
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
constexpr const char* kStages[] = {"unknown", "receive", "parse",    "decode",
                                   "mux",     "stop",    "snapshot", "pipeline"};
// Somebody sent the signal: what the thread that got it was at says nothing.
constexpr char kSent[] = "sent";

static_assert(sizeof(Work) == sizeof(uint64_t));
// Initial-exec: the handler must not be the first to touch it, as that may allocate.
[[gnu::tls_model("initial-exec")]] constinit thread_local std::atomic<uint64_t> current{
    std::bit_cast<uint64_t>(Work{})};

std::atomic<Crumb*> armed = nullptr;
struct sigaction previous[std::size(kSignals)];

size_t index_of(int signal) {
  size_t index = 0;
  while (kSignals[index] != signal) index++;
  return index;
}

// --- in the handler: what is async-signal-safe, nothing else ----------------------------------------------

bool is_own(const siginfo_t& info) {
  return info.si_code > 0 || (info.si_code == SI_TKILL && info.si_pid == getpid());
}

void put(std::array<char, kNameSize>& field, const char* text) {
  for (size_t i = 0; i + 1 < field.size() && text[i] != '\0'; i++) field[i] = text[i];
}

void describe(Crumb& crumb, const siginfo_t& info) {
  const bool own = is_own(info);
  const Work work = own ? current_work() : Work{};
  crumb.signal = info.si_signo;
  crumb.token = work.token;
  crumb.slot = work.slot;
  crumb.stage = crumb.thread = {};
  put(crumb.stage, own ? kStages[static_cast<size_t>(work.stage)] : kSent);
  prctl(PR_GET_NAME, crumb.thread.data());
}

// Whether it was the first.
bool leave(Crumb& crumb, const siginfo_t& info) {
  uint32_t empty = Crumb::kEmpty;
  if (!crumb.state.compare_exchange_strong(empty, Crumb::kBeingWritten)) return false;
  describe(crumb, info);
  crumb.state = Crumb::kWritten;
  return true;
}

// A fault happens again when its handler returns, all else has to be sent anew.
void take_course(int signal, siginfo_t* info, void* context) {
  const struct sigaction& before = previous[index_of(signal)];
  if ((before.sa_flags & SA_SIGINFO) != 0) return before.sa_sigaction(signal, info, context);
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) return before.sa_handler(signal);
  sigaction(signal, &before, nullptr);
  const bool recurs = info->si_code > 0 && signal != SIGTRAP;
  if (!recurs) raise(signal);
}

void on_crash(int signal, siginfo_t* info, void* context);

bool survived(int signal) {
  struct sigaction now {};
  sigaction(signal, nullptr, &now);
  return (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_crash;
}

// Node.js mends faults of WebAssembly: such a signal was no crash.
void on_crash(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  Crumb* crumb = armed;
  const bool left = leave(*crumb, *info);
  take_course(signal, info, context);
  if (left && survived(signal)) crumb->state = Crumb::kEmpty;
  errno = error;
}

// --- before it ------------------------------------------------------------------------------------------

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw Failure(code::kArgument, "breadcrumb " + file + ": " + why);
}

Crumb* map(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) refuse(file, std::strerror(errno));
  struct stat status {};
  const bool fits = fstat(descriptor, &status) == 0 && status.st_size == sizeof(Crumb);
  void* memory =
      fits ? mmap(nullptr, sizeof(Crumb), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) : MAP_FAILED;
  close(descriptor);
  auto* crumb = memory != MAP_FAILED ? static_cast<Crumb*>(memory) : nullptr;
  if (crumb == nullptr || crumb->magic != kMagic || crumb->version != kVersion)
    refuse(file, "it is not what createBreadcrumb() makes");
  return crumb;
}

void install() {
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < std::size(kSignals); i++) {
    sigaction(kSignals[i], nullptr, &previous[i]);
    sigaction(kSignals[i], &action, nullptr);
  }
}

}  // namespace

void work_on(const Work& work) { current.store(std::bit_cast<uint64_t>(work), std::memory_order_relaxed); }

Work current_work() { return std::bit_cast<Work>(current.load(std::memory_order_relaxed)); }

// The old file stays mapped: another thread may be writing into it.
void arm_breadcrumb(const std::string& file) {
  if (armed.exchange(map(file)) == nullptr) install();
}

}  // namespace weir
