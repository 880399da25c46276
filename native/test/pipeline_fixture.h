// A pipeline on the stand-in without inference, and small encoded files to feed it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/pipeline.h"

namespace weir::test {

using namespace std::chrono_literals;

inline constexpr auto kPatience = 20s;

inline Node node(const std::string& id, const std::string& element,
                 std::vector<std::pair<std::string, PropValue>> props = {}) {
  return {id, element, std::move(props)};
}
// In place: under sanitizers GCC 12 takes the string in a moved variant that holds none for uninitialised.
inline PropValue text(const std::string& value) { return PropValue(std::in_place_type<Scalar>, value); }
inline PropValue number(double value) { return PropValue(std::in_place_type<Scalar>, value); }
inline PropValue flag(bool value) { return PropValue(std::in_place_type<Scalar>, value); }

inline Node queue(const std::string& id, int buffers, bool leaky = false) {
  return node(id, "queue",
              {{"max-size-buffers", number(buffers)},
               {"max-size-bytes", number(0)},
               {"max-size-time", number(0)},
               {"leaky", text(leaky ? "downstream" : "no")}});
}

inline std::vector<Link> chain(const std::vector<std::string>& ids) {
  std::vector<Link> links;
  for (size_t i = 1; i < ids.size(); i++) links.push_back({{ids[i - 1], ""}, {ids[i], ""}});
  return links;
}

struct SourceShape {
  bool paced = true;
  int encoded_bound = 30;
  int decode_us = 0;  // more time per access unit than decoding takes
};

// Files in Matroska; H.264 alone is decoded.
inline SourceTemplate file_source(const SourceShape& shape) {
  SourceVariant h264{.codec = "H264", .caps = "video/x-h264", .nodes = {}, .links = {}, .entry = "parse"};
  h264.nodes = {
      node("parse", "h264parse"),
      node("format", "capsfilter", {{"caps", text("video/x-h264,stream-format=byte-stream,alignment=au")}}),
      node("pace", "clocksync", {{"sync", flag(shape.paced)}}),
      node("tap", "tee", {{"allow-not-linked", flag(true)}}),
      queue("encoded", shape.encoded_bound),
      node("slow", "identity", {{"sleep-time", number(shape.decode_us)}}),
      node("decode", "avdec_h264", {{"max-threads", number(1)}}),
      queue("decoded", 2, shape.paced)};
  h264.links = chain({"parse", "format", "pace", "tap", "encoded", "slow", "decode", "decoded"});
  return {.nodes = {node("source", "filesrc", {{"location", Hole{"uri"}}}), node("demux", "matroskademux")},
          .links = chain({"source", "demux"}),
          .dynamic = "demux",
          .variants = {h264},
          .exit = "decoded",
          .roles = {"parse", "tap", "encoded", "decode", "decoded"}};
}

inline BranchTemplate jpeg_branch() {
  return {.nodes = {queue("entry", 1, true), node("convert", "videoconvert"), node("encode", "jpegenc"),
                    node("exit", "appsink")},
          .links = chain({"entry", "convert", "encode", "exit"}),
          .entry = "entry",
          .exit = "exit"};
}

inline Graph graph(size_t slots, const SourceShape& shape = {}) {
  Graph g{.provider = "standin", .slots = slots, .mux = "mux", .tee_prefix = "tee_"};
  g.nodes = {node("mux", "nvstreammux",
                  {{"batch-size", number(static_cast<double>(slots))},
                   {"width", number(320)},
                   {"height", number(240)},
                   {"batched-push-timeout", number(20'000)},
                   {"live-source", flag(true)},
                   {"drop-pipeline-eos", flag(true)}}),
             node("split", "tee"), node("sink", "fakesink", {{"sync", flag(false)}, {"async", flag(false)}}),
             queue("gate", 1, true), node("demux", "nvstreamdemux")};
  g.links = {{{"mux", ""}, {"split", ""}},
             {{"split", "src_0"}, {"sink", ""}},
             {{"split", "src_1"}, {"gate", ""}},
             {{"gate", ""}, {"demux", ""}}};
  for (size_t k = 0; k < slots; k++) {
    const std::string tee = "tee_" + std::to_string(k);
    g.nodes.push_back(node(tee, "tee", {{"allow-not-linked", flag(true)}}));
    g.links.push_back({{"demux", "src_" + std::to_string(k)}, {tee, ""}});
  }
  g.metadata = {"mux", "src"};
  g.gate = {"gate", "sink"};
  g.sources["file"] = file_source(shape);
  g.branches["jpeg"] = jpeg_branch();
  return g;
}

// A video of `frames` pictures at 30 per second, a key frame every 15; made once per run.
std::string video_file(const std::string& encoder, int frames);

// A pipeline whose calls wait for their answer.
class TestPipeline {
 public:
  explicit TestPipeline(Graph graph)
      : pipeline_(std::move(graph), {[this](const Event& event) { keep(event); }, [] {}}) {}

  std::optional<Failure> start() {
    return wait([this](auto done) { pipeline_.start(done); });
  }
  std::optional<Failure> stop() {
    return wait([this](auto done) { pipeline_.stop(done); });
  }
  std::optional<Failure> add(size_t slot, const std::string& file, int64_t epoch = 1,
                             const std::string& from = "file") {
    const SourceParams params{from, "cam-" + std::to_string(slot), epoch, {{"uri", Scalar(file)}}};
    return wait([&](auto done) { pipeline_.add_source(slot, params, done); });
  }
  std::optional<Failure> remove(size_t slot) {
    return wait([&](auto done) { pipeline_.remove_source(slot, done); });
  }
  struct Picture {
    std::optional<Failure> failure;
    Bytes bytes;
  };
  std::future<Picture> snapshot(size_t slot, std::chrono::milliseconds timeout = 10s,
                                const std::string& branch = "jpeg") {
    auto promise = std::make_shared<std::promise<Picture>>();
    pipeline_.snapshot(slot, branch, timeout, [promise](std::optional<Failure> failure, Bytes bytes) {
      promise->set_value({std::move(failure), std::move(bytes)});
    });
    return promise->get_future();
  }

  // The first event of this kind that was not taken yet; waits for it.
  std::optional<Event> next(Event::Type type) {
    std::unique_lock lock(mutex_);
    std::optional<Event> found;
    changed_.wait_for(lock, kPatience, [&] {
      for (auto it = events_.begin(); it != events_.end() && !found; ++it) {
        if (it->type != type) continue;
        found = *it;
        events_.erase(it);
        break;
      }
      return found.has_value();
    });
    return found;
  }
  size_t waiting_events() {
    std::lock_guard lock(mutex_);
    return events_.size();
  }

  double counter(size_t slot, const std::string& name) {
    std::vector<double> row(counter_row_size(pipeline_.slots()));
    pipeline_.read_counters(row.data());
    const auto names = slot_counter_names();
    for (size_t i = 0; i < names.size(); i++)
      if (name == names[i]) return row[slot * names.size() + i];
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }
  // Access units and pictures that have not come to a known end.
  double in_flight(size_t slot) {
    double left = counter(slot, "received");
    for (const char* end :
         {"undecodable", "droppedEncoded", "decodeErrors", "droppedDecoded", "discarded", "muxed"})
      left -= counter(slot, end);
    return left;
  }
  bool reaches(size_t slot, const std::string& name, double value) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (counter(slot, name) < value) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }
  Pipeline& native() { return pipeline_; }

 private:
  void keep(const Event& event) {
    std::lock_guard lock(mutex_);
    events_.push_back(event);
    changed_.notify_all();
  }
  std::optional<Failure> wait(const std::function<void(Pipeline::Done)>& call) {
    auto promise = std::make_shared<std::promise<std::optional<Failure>>>();
    call([promise](std::optional<Failure> failure) { promise->set_value(std::move(failure)); });
    return promise->get_future().get();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
  Pipeline pipeline_;
};

}  // namespace weir::test
