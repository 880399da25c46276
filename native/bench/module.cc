// One thread makes batches and hands them to JavaScript in one of four ways; JavaScript says when it is done
// with each.
#include <napi.h>
#include <time.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <thread>
#include <vector>

#include "addon/batch_views.h"
#include "addon/inbox.h"
#include "bench/batches.h"
#include "pipeline/batch_tap.h"

namespace weir {
namespace {

struct Object {
  uint64_t id;
  std::string label;
  float confidence, left, top, width, height;
};
struct Frame {
  unsigned stream;
  int number;
  std::vector<Object> objects;
};
using Frames = std::vector<Frame>;

Frames copy(const NvDsBatchMeta& batch) {
  Frames frames;
  each_meta<NvDsFrameMeta>(batch.frame_meta_list, [&](const NvDsFrameMeta& meta) {
    Frame& frame = frames.emplace_back(Frame{meta.pad_index, meta.frame_num, {}});
    each_meta<NvDsObjectMeta>(meta.obj_meta_list, [&](const NvDsObjectMeta& o) {
      const NvOSD_RectParams& box = o.rect_params;
      frame.objects.push_back(
          {o.object_id, o.obj_label, o.confidence, box.left, box.top, box.width, box.height});
    });
  });
  return frames;
}

Napi::Object to_js(Napi::Env env, const Object& object) {
  auto js = Napi::Object::New(env);
  js.Set("id", std::to_string(object.id));
  js.Set("label", object.label);
  js.Set("confidence", object.confidence);
  js.Set("left", object.left);
  js.Set("top", object.top);
  js.Set("width", object.width);
  js.Set("height", object.height);
  return js;
}

Napi::Array to_js(Napi::Env env, const Frames& frames) {
  auto list = Napi::Array::New(env, frames.size());
  for (uint32_t i = 0; i < frames.size(); i++) {
    auto objects = Napi::Array::New(env, frames[i].objects.size());
    for (uint32_t n = 0; n < frames[i].objects.size(); n++) objects.Set(n, to_js(env, frames[i].objects[n]));
    auto frame = Napi::Object::New(env);
    frame.Set("stream", frames[i].stream);
    frame.Set("frame", frames[i].number);
    frame.Set("objects", objects);
    list.Set(i, frame);
  }
  return list;
}

Format format_of(const std::string& way) {
  if (way == "protobuf") return Format::kProtobuf;
  return way == "nvds-minimal" ? Format::kNvdsMinimal : Format::kJson;
}

double thread_cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// new Source({streams, objects, way, seed}, onBatch): with `seed` the objects are wild; `way` is a format of
// messages ("json", "protobuf", "nvds-minimal"), "objects", "hops" or "ticks".
class Source : public Napi::ObjectWrap<Source> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Source",
        {InstanceMethod<&Source::run>("run"), InstanceMethod<&Source::done>("done"),
         InstanceMethod<&Source::take_batch>("takeBatch"),
         InstanceMethod<&Source::release_batch>("releaseBatch"), InstanceMethod<&Source::close>("close")});
  }

  explicit Source(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<Source>(info), inbox_(Inbox::open(info.Env())) {
    const auto options = info[0].As<Napi::Object>();
    streams_ = options.Get("streams").ToNumber();
    way_ = options.Get("way").ToString();
    std::optional<uint32_t> seed;
    if (options.Has("seed")) seed = options.Get("seed").ToNumber();
    batch_ = std::make_unique<SyntheticBatch>(streams_, options.Get("objects").ToNumber(), seed);
    counters_ = std::make_unique<Counters>(streams_);
    reports_ = std::make_unique<Reports>(Handlers{{}, [inbox = inbox_] { inbox->wake(); }});
    clocks_.reset(new FrameClock[streams_]);
    tap_ = std::make_unique<BatchTap>(*counters_, Canvas{1920, 1080, false},
                                      MessageOptions{.format = format_of(way_)}, *reports_,
                                      BatchTap::Times{clocks_.get(), &latencies_});
    for (uint32_t slot = 0; slot < streams_; slot++) {
      SourceParams params;
      params.stream = "cam-" + std::to_string(slot);
      params.epoch = 1;
      params.token = slot;
      tap_->begin(slot, params, nullptr);
    }
    on_batch_ = Napi::Persistent(info[1].As<Napi::Function>());
    inbox_->on_wake([this](Napi::Env) { on_batch_.Call({}); });
    hop_ = Napi::ThreadSafeFunction::New(info.Env(), info[1].As<Napi::Function>(), "hop", 0, 1);
  }

 private:
  // run(batches, everyUs): resolves with the microseconds of CPU the producing thread took to hand the
  // batches over, and to make them up before: {producerUs, makingUs}. With everyUs 0 the next batch is made
  // as soon as no more than four are out.
  Napi::Value run(const Napi::CallbackInfo& info) {
    const int batches = info[0].ToNumber();
    const int every_us = info[1].ToNumber();
    auto deferred = std::make_shared<Napi::Promise::Deferred>(info.Env());
    inbox_->await();
    if (thread_.joinable()) thread_.join();
    thread_ = std::thread([this, batches, every_us, deferred] {
      const Spent spent = produce(batches, every_us);
      inbox_->post([this, deferred, spent](Napi::Env env) {
        inbox_->settle();
        auto js = Napi::Object::New(env);
        js.Set("producerUs", spent.producer_us);
        js.Set("makingUs", spent.making_us);
        deferred->Resolve(js);
      });
    });
    return deferred->Promise();
  }

  struct Spent {
    double producer_us = 0;
    double making_us = 0;
  };

  Spent produce(int batches, int every_us) {
    Spent spent;
    auto due = std::chrono::steady_clock::now();
    for (int i = 0; i < batches; i++) {
      due += std::chrono::microseconds(every_us);
      if (every_us > 0) std::this_thread::sleep_until(due);
      wait_below(every_us > 0 ? 60 : 4);
      const double before = thread_cpu_us();
      batch_->advance();
      const double made = thread_cpu_us();
      hand_over();
      spent.making_us += made - before;
      spent.producer_us += thread_cpu_us() - made;
    }
    wait_below(1);
    return spent;
  }

  void wait_below(int most) {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [&] { return out_ < most; });
    if (most > 1) out_++;
  }

  void hand_over() {
    if (way_ != "objects" && way_ != "hops" && way_ != "ticks") return tap_->on_batch(batch_->meta());
    if (way_ == "ticks") {
      hop_.BlockingCall([](Napi::Env, Napi::Function js) { js.Call({}); });
      return;
    }
    auto frames = std::make_shared<Frames>(copy(batch_->meta()));
    if (way_ == "objects") {
      hop_.BlockingCall([frames](Napi::Env env, Napi::Function js) { js.Call({to_js(env, *frames)}); });
      return;
    }
    for (const Frame& frame : *frames)
      for (const Object& object : frame.objects)
        hop_.BlockingCall([frames, &frame, &object](Napi::Env env, Napi::Function js) {
          const bool last = &object == &frame.objects.back();
          js.Call({Napi::Number::New(env, frame.stream), Napi::Number::New(env, frame.number),
                   to_js(env, object), Napi::Boolean::New(env, last),
                   Napi::Boolean::New(env, last && &frame == &frames->back())});
        });
  }

  // JavaScript is done with a batch.
  void done(const Napi::CallbackInfo&) {
    {
      std::lock_guard lock(mutex_);
      out_--;
    }
    settled_.notify_one();
  }

  Napi::Value take_batch(const Napi::CallbackInfo& info) {
    const Batch* batch = tap_->ring().take();
    return batch != nullptr ? views_.to_js(info.Env(), *batch) : info.Env().Undefined();
  }

  void release_batch(const Napi::CallbackInfo& info) {
    tap_->ring().release(static_cast<uint64_t>(info[0].ToNumber().DoubleValue()));
  }

  void close(const Napi::CallbackInfo&) {
    if (thread_.joinable()) thread_.join();
    reports_->close();
    inbox_->close();
    hop_.Release();
    views_.clear();
    on_batch_.Reset();
  }

  std::shared_ptr<Inbox> inbox_;
  uint32_t streams_ = 0;
  std::string way_;
  std::unique_ptr<SyntheticBatch> batch_;
  std::unique_ptr<Counters> counters_;
  std::unique_ptr<Reports> reports_;
  Latencies latencies_;
  std::unique_ptr<FrameClock[]> clocks_;
  std::unique_ptr<BatchTap> tap_;
  BatchViews views_;
  Napi::FunctionReference on_batch_;
  Napi::ThreadSafeFunction hop_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable settled_;
  int out_ = 0;
};

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Source", Source::define(env));
  return exports;
}

}  // namespace
}  // namespace weir

Napi::Object weir_bench_init(Napi::Env env, Napi::Object exports) { return weir::init(env, exports); }
NODE_API_MODULE(weir_bench, weir_bench_init)
