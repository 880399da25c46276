#include "faults/mux_faults.h"

#include "faults/crash.h"
#include "faults/faults.h"

namespace weir::standin {
namespace {

// The stand-in has no decoder: whoever the picture comes from speaks for it.
void fail_source(GstPad* mux_pad, const std::string& text) {
  g_autoptr(GstPad) peer = gst_pad_get_peer(mux_pad);
  g_autoptr(GstElement) source = peer != nullptr ? gst_pad_get_parent_element(peer) : nullptr;
  if (source != nullptr) GST_ELEMENT_ERROR(source, RESOURCE, FAILED, ("%s", text.c_str()), (nullptr));
}

}  // namespace

bool passes_faults(GstPad* mux_pad, const GstVideoInfo& picture) {
  FaultFile* file = faults();
  if (file == nullptr) return true;
  auto plan = file->plan();
  if (plan->mux_crash == PictureSize{picture.width, picture.height}) crash();
  if (plan->decoder_error.empty()) return true;
  plan = file->look();  // there may be no batches any more
  if (plan->decoder_error.empty()) return true;
  fail_source(mux_pad, plan->decoder_error);
  return false;
}

void look_for_faults() {
  if (FaultFile* file = faults()) file->look();
}

}  // namespace weir::standin
