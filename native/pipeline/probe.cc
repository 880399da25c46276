#include "pipeline/probe.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <mutex>

#include "pipeline/probe_meter.h"
#include "pipeline/probe_session.h"
#include "pipeline/provider.h"

namespace weir {
namespace {

void limit(__rlimit_resource_t resource, rlim_t most) {
  const rlimit both{most, most};
  setrlimit(resource, &both);
}

}  // namespace

void prepare_probe() {
  static std::once_flag once;
  std::call_once(once, [] {
    load_provider();
    register_probe_meter();
    register_probe_session();
  });
}

// A write beyond the limit is to fail, not to kill.
void confine_process(uint64_t memory_bytes) {
  signal(SIGXFSZ, SIG_IGN);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_DATA, memory_bytes);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

}  // namespace weir
