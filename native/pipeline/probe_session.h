// What a camera offers and how it lets somebody in, read from rtspsrc's own conversation with it.
#pragma once

namespace weir {

// Before the first rtspsrc is made: it looks for those who listen once. Throws Failure NATIVE_MISSING.
void register_probe_session();

}  // namespace weir
