// Keeps rtspsrc from hammering a camera with a password it refuses, and from writing the password into its
// log.
#pragma once

#include <memory>

#include "pipeline/source_identity.h"

namespace weir {

// A refused user and password are sent once per connection; rtspsrc would send them eight times, and cameras
// lock accounts. What is not rtspsrc is left alone.
void guard_login(GstElement* element, std::shared_ptr<SourceIdentity> identity);

// From level 6 (LOG) on rtspsrc logs whole requests, with user and password in base64: it stays below.
void hide_requests();

}  // namespace weir
