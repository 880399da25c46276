// Replays detections through a low-level tracker library, without a pipeline: `trackreplay <library>
// <config>`. stdin: `f <inferred 0|1>` begins a frame, `d <class> <confidence> <x> <y> <width> <height>` is a
// detection of it. stdout: `f` for each frame, then `t <id> <detected 0|1> <x> <y> <width> <height>` for each
// track it reports.
#include <cinttypes>
#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "standin/tracker/mot_library.h"

namespace {

class Replay {
 public:
  Replay(const char* library, const char* config) : library_({library, config}) {
    tracked_.resize(library_.query().maxTargetsPerStream);
  }

  void line(const std::string& text) {
    std::istringstream in(text);
    std::string kind;
    in >> kind;
    if (kind == "f") {
      flush();
      open_ = true;
      in >> inferred_;
    } else {
      NvMOTObjToTrack object = {};
      object.doTracking = true;
      NvMOTRect& box = object.bbox;
      in >> object.classId >> object.confidence >> box.x >> box.y >> box.width >> box.height;
      detections_.push_back(object);
    }
    if (!in || (kind != "f" && (kind != "d" || !open_))) throw std::runtime_error("can not read: " + text);
  }

  void flush() {
    if (!open_) return;
    NvMOTFrame frame = {};
    frame.frameNum = number_++;
    frame.doTracking = true;
    const auto count = static_cast<uint32_t>(detections_.size());
    frame.objectsIn = {inferred_, detections_.data(), count, count};
    NvMOTProcessParams params = {1, &frame};
    NvMOTTrackedObjList list = {0, 0, false, tracked_.data(), static_cast<uint32_t>(tracked_.size()), 0};
    NvMOTTrackedObjBatch out = {&list, 1, 0, nullptr};
    if (!library_.process(params, out)) throw std::runtime_error("NvMOT_Process failed");
    std::puts("f");
    for (uint32_t i = 0; i < list.numFilled; i++) print(tracked_[i]);
    detections_.clear();
    open_ = false;
  }

 private:
  static void print(const NvMOTTrackedObj& object) {
    const NvMOTRect& box = object.bbox;
    std::printf("t %" PRIu64 " %d %.3f %.3f %.3f %.3f\n", object.trackingId,
                object.associatedObjectIn != nullptr, box.x, box.y, box.width, box.height);
  }

  weir::standin::MotLibrary library_;
  std::vector<NvMOTTrackedObj> tracked_;
  std::vector<NvMOTObjToTrack> detections_;
  bool open_ = false;
  bool inferred_ = false;
  uint32_t number_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: trackreplay <library> <config> < detections > tracks\n");
    return 64;
  }
  try {
    Replay replay(argv[1], argv[2]);
    for (std::string text; std::getline(std::cin, text);) replay.line(text);
    replay.flush();
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "trackreplay: %s\n", e.what());
    return 1;
  }
}
