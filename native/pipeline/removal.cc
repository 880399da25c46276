#include "pipeline/removal.h"

#include <chrono>

#include "pipeline/host.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using SharedElement = std::shared_ptr<GstElement>;

// A frozen camera costs teardown-timeout, a connection being made its cancelling.
constexpr auto kSourceDeadline = 5s;
constexpr auto kStreamEndDeadline = 2s;
constexpr auto kReleaseDeadline = 6s;  // nvstreammux may wait 5 s for its queue

SharedElement share(GstElement* element) { return {ref(element), GstObjectUnref()}; }

void require(bool done, size_t slot, const std::string& what) {
  if (!done)
    throw Failure(code::kDeadline,
                  "slot " + std::to_string(slot) + ": " + what + "; only a new process helps");
}

}  // namespace

void remove_from_mux(GstElement* pipeline, GstElement* mux, size_t slot, Source& source,
                     const std::shared_ptr<Shared>& shared) {
  source.close();
  const SharedElement bin = share(source.bin());
  const std::shared_ptr<GstPad> mux_pad(gst_pad_get_peer(source.pad()), GstObjectUnref());
  gst_element_set_locked_state(bin.get(), TRUE);
  require(run_within(kSourceDeadline, [bin] { gst_element_set_state(bin.get(), GST_STATE_NULL); }), slot,
          "the source does not stop within 5 s");
  if (source.has_started()) {
    shared->tap.expect_end(slot);
    require(
        run_within(kStreamEndDeadline, [mux_pad] { gst_pad_send_event(mux_pad.get(), gst_event_new_eos()); }),
        slot, "the mux does not take the end of the stream within 2 s");
    require(shared->tap.wait_end(slot, kStreamEndDeadline), slot,
            "the end of the stream does not leave the pipeline within 2 s");
  }
  gst_pad_unlink(source.pad(), mux_pad.get());
  require(
      run_within(kReleaseDeadline,
                 [mux = share(mux), mux_pad] { gst_element_release_request_pad(mux.get(), mux_pad.get()); }),
      slot, "the mux does not release the pad within 6 s");
  gst_bin_remove(GST_BIN(pipeline), bin.get());
}

}  // namespace weir
