// One camera or file: its bin, built from a template, feeding one pad of the mux.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <mutex>
#include <optional>

#include "pipeline/elements.h"
#include "pipeline/frame_clock.h"
#include "pipeline/graph.h"
#include "pipeline/outbound.h"
#include "pipeline/sender_clock.h"
#include "pipeline/source_flow.h"
#include "pipeline/source_identity.h"

namespace weir {

class Source : public std::enable_shared_from_this<Source> {
 public:
  // The template must outlive the source.
  Source(int slot, const SourceTemplate& from, const SourceParams& params, std::shared_ptr<Reports> reports,
         SlotCounters& counters, FrameClock& clock);

  // The bin must be in the pipeline, whose clock it takes. Throws Failure when the template does not fit.
  // Nothing runs yet.
  void build();

  GstElement* bin() const { return bin_.get(); }
  // The bin's only pad.
  GstPad* pad() const { return pad_; }
  const std::shared_ptr<SourceIdentity>& identity() const { return identity_; }
  // Whether the mux pad has heard of the stream; before that it has nothing to drain.
  bool has_started() const { return *started_; }

  // Which of its frames are analysed from now on; the connection stays.
  void select(const Selection& selection);

  // Any thread, more than once. Waits for a variant being built, lets none be built later, and takes the bin,
  // whose state must be locked, to NULL.
  void stop();
  // Once the bin is in NULL: counts what was still on its way.
  void settle();

 private:
  void watch_output();
  void watch_dynamic(GstElement* element);
  bool selects(guint stream, const GstCaps* caps);
  const SourceVariant* variant_for(const GstCaps* caps) const;
  void pad_added(GstPad* pad);
  void attach(const SourceVariant& variant, GstPad* pad);
  void watch_flow(const std::string& codec);

  const SourceTemplate& template_;
  const Params params_;
  const Permit permit_;
  const std::shared_ptr<SourceIdentity> identity_;
  SlotCounters& counters_;
  FrameClock& clock_;
  const std::shared_ptr<SenderClock> sender_;
  const std::shared_ptr<std::atomic<bool>> started_ = std::make_shared<std::atomic<bool>>(false);
  ElementPtr bin_;
  GstPad* pad_ = nullptr;

  std::mutex mutex_;  // building against closing
  bool closed_ = false;
  Selection selection_;
  std::optional<guint> stream_;
  const SourceVariant* variant_ = nullptr;
  std::optional<Elements> elements_;
  std::shared_ptr<SourceFlow> flow_;
};

}  // namespace weir
