#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS
// Registers element nvstreammux (the legacy one, DeepStream's default).
gboolean weir_register_nvstreammux(GstPlugin* plugin);
G_END_DECLS
