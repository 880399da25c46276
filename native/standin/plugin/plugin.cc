// The GStreamer plugin: NVIDIA's element names on the CPU.
#include <gst/gst.h>

#include "demux/nvstreamdemux.h"
#include "faults/faults.h"
#include "infer/nvinfer.h"
#include "mux/nvstreammux.h"

extern "C" gboolean weir_register_nvtracker(GstPlugin* plugin);
extern "C" gboolean weir_register_nvdsosd(GstPlugin* plugin);

static gboolean init(GstPlugin* plugin) {
  weir::standin::load_faults();
  return weir_register_nvstreammux(plugin) && weir_register_nvinfer(plugin) &&
         weir_register_nvtracker(plugin) && weir_register_nvstreamdemux(plugin) &&
         weir_register_nvdsosd(plugin);
}

#define PACKAGE "weir"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, nvstandin, "DeepStream's elements on the CPU", init,
                  "0.1.0", "Apache 2.0", "Weir", "weir-deepstream")
