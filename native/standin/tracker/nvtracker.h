#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS
// Registers element nvtracker.
gboolean weir_register_nvtracker(GstPlugin* plugin);
G_END_DECLS
