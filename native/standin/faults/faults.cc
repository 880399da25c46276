#include "faults/faults.h"

#include <cstdlib>

namespace weir::standin {
namespace {

FaultFile* loaded = nullptr;  // for as long as the process lives

}  // namespace

void load_faults() {
  delete loaded;
  const char* path = getenv("WEIR_STANDIN_FAULTS");
  loaded = path != nullptr && *path != '\0' ? new FaultFile(path) : nullptr;
}

FaultFile* faults() { return loaded; }

}  // namespace weir::standin
