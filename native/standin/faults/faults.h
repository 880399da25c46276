// Whether faults can be asked for in this process.
#pragma once

#include "faults/fault_file.h"

namespace weir::standin {

// When the plugin is loaded: from here on the file that WEIR_STANDIN_FAULTS names is looked at, if it names
// one.
void load_faults();
// nullptr, and nothing else to do, unless that is so.
FaultFile* faults();

}  // namespace weir::standin
