// Element `weirmeter`: passes access units on and writes their size, time and kind into the notebook.
#pragma once

namespace weir {

// Before a graph names it. Throws Failure NATIVE_MISSING.
void register_probe_meter();

}  // namespace weir
