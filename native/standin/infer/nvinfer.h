#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS
// Registers element nvinfer: primary detectors on ONNX Runtime.
gboolean weir_register_nvinfer(GstPlugin* plugin);
G_END_DECLS
