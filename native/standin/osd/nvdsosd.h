#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS
// Registers element nvdsosd.
gboolean weir_register_nvdsosd(GstPlugin* plugin);
G_END_DECLS
