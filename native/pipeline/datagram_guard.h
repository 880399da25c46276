// With RTP over UDP a camera names the address that gets reports and the packets that open firewalls: its own
// only.
#pragma once

#include <gst/gst.h>

#include <string>

namespace weir {

// What rtspsrc sends by UDP goes to the host of the URI, if that is an address, whatever the camera says.
// What is no rtspsrc is left alone.
void keep_datagrams_home(GstElement* element, const std::string& uri);

}  // namespace weir
