#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS
// Registers element nvstreamdemux (the legacy one).
gboolean weir_register_nvstreamdemux(GstPlugin* plugin);
G_END_DECLS
