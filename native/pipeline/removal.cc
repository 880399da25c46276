#include "pipeline/removal.h"

#include <utility>

namespace weir {
namespace {

using namespace std::chrono_literals;

// A frozen camera costs teardown-timeout, a connection being made its cancelling.
constexpr auto kSourceDeadline = 5s;
constexpr auto kStreamEndDeadline = 2s;
constexpr auto kReleaseDeadline = 6s;  // nvstreammux may wait 5 s for its queue

}  // namespace

Removal::Removal(const Surroundings& in, size_t slot, std::shared_ptr<Source> source, Ended ended)
    : in_(in),
      slot_(slot),
      source_(std::move(source)),
      mux_pad_(gst_pad_get_peer(source_->pad()), GstObjectUnref()),
      ended_(std::move(ended)) {}

void Removal::start() {
  source_->identity()->close();
  gst_element_set_locked_state(source_->bin(), TRUE);
  stop_source();
}

void Removal::cancel() {
  step_ = -1;
  ended_ = nullptr;
  in_.shared->tap.expect_end(slot_, nullptr);
}

void Removal::stop_source() {
  const int step = begin_step(kSourceDeadline, "the source does not stop within 5 s");
  run(
      step, [source = source_] { source->stop(); }, &Removal::end_stream);
}

// Behind the tracker, no frame of the source follows the end of its stream.
void Removal::end_stream() {
  if (!source_->has_started()) return release();
  const int step =
      begin_step(kStreamEndDeadline, "the end of the stream does not leave the pipeline within 2 s");
  in_.shared->tap.expect_end(slot_, done_with(step, &Removal::release));
  in_.helpers.run([pad = mux_pad_] { gst_pad_send_event(pad.get(), gst_event_new_eos()); });
}

void Removal::release() {
  const int step = begin_step(kReleaseDeadline, "the mux does not release the pad within 6 s");
  run(
      step,
      [pipeline = share(in_.pipeline), mux = share(in_.mux), pad = mux_pad_, source = source_] {
        gst_pad_unlink(source->pad(), pad.get());
        gst_element_release_request_pad(mux.get(), pad.get());
        gst_bin_remove(GST_BIN(pipeline.get()), source->bin());
      },
      &Removal::end);
}

// Nothing of the source is left here when its end is told.
void Removal::end() {
  step_ = -1;
  source_ = nullptr;
  mux_pad_ = nullptr;
  std::exchange(ended_, nullptr)({});
}

int Removal::begin_step(std::chrono::milliseconds deadline, const std::string& too_late) {
  const int step = ++step_;
  in_.queue->post_at(CommandQueue::Clock::now() + deadline, [weak = weak_from_this(), step, too_late] {
    if (const auto self = weak.lock()) self->miss(step, too_late);
  });
  return step;
}

Helpers::Task Removal::done_with(int step, Next next) {
  return [self = shared_from_this(), step, next] {
    self->in_.queue->post([self, step, next] {
      if (self->step_ == step) ((*self).*next)();
    });
  };
}

void Removal::run(int step, Helpers::Task work, Next next) {
  in_.helpers.run([work = std::move(work), done = done_with(step, next)]() mutable {
    work();
    work = nullptr;
    done();
  });
}

void Removal::miss(int step, const std::string& too_late) {
  if (step_ != step) return;
  const Ended ended = std::exchange(ended_, nullptr);
  cancel();
  ended(Failure(code::kDeadline,
                "slot " + std::to_string(slot_) + ": " + too_late + "; only a new process helps"));
}

}  // namespace weir
