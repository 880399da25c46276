// The low-level tracker library as an application sees it.
#pragma once

#include <dlfcn.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "nvdstracker.h"
#include "tracker_fixture.h"

namespace tracker_test {

struct Seen {
  uint64_t id;
  float x;
  int class_id;
  NvMOTRect box;
};

inline NvMOTObjToTrack box(float x, float y = 100, int class_id = 0, float confidence = 0.9f) {
  return {static_cast<NvMOTClassId>(class_id), {x, y, 50, 80}, confidence, true, nullptr};
}

// The library as an application sees it: opened by name, called by its exported functions.
class Library {
 public:
  explicit Library(const std::string& config) : file_(config) {
    handle_ = dlopen(library_path().c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ == nullptr) throw std::runtime_error(dlerror());
    NvMOTConfig in = {};
    in.maxStreams = 4;
    in.customConfigFilePath = file_.path().data();
    in.customConfigFilePathSize = static_cast<uint16_t>(file_.path().size() + 1);
    testing::internal::CaptureStderr();
    status = function<decltype(NvMOT_Init)>("NvMOT_Init")(&in, &context_, &response);
    printed = testing::internal::GetCapturedStderr();
    testing::internal::CaptureStderr();
    query_status = function<decltype(NvMOT_Query)>("NvMOT_Query")(in.customConfigFilePathSize,
                                                                  in.customConfigFilePath, &query);
    testing::internal::GetCapturedStderr();
  }
  ~Library() {
    function<decltype(NvMOT_DeInit)>("NvMOT_DeInit")(context_);
    dlclose(handle_);
  }

  const std::string& path() { return file_.path(); }

  std::vector<Seen> frame(std::vector<NvMOTObjToTrack> boxes, NvMOTStreamId stream = 0, bool inferred = true,
                          bool reset = false) {
    NvMOTFrame in = {};
    in.streamID = stream;
    in.frameNum = ++frame_num_;
    in.doTracking = true;
    in.reset = reset;
    const auto count = static_cast<uint32_t>(boxes.size());
    in.objectsIn = {inferred, boxes.data(), count, count};
    NvMOTProcessParams params = {1, &in};
    std::vector<NvMOTTrackedObj> tracked(200);
    NvMOTTrackedObjList list = {stream, 0, false, tracked.data(), 200, 0};
    NvMOTTrackedObjBatch out = {&list, 1, 0, nullptr};
    EXPECT_EQ(function<decltype(NvMOT_Process)>("NvMOT_Process")(context_, &params, &out), NvMOTStatus_OK);
    EXPECT_EQ(list.streamID, stream);
    EXPECT_EQ(list.frameNum, frame_num_);
    std::vector<Seen> seen;
    for (uint32_t i = 0; i < list.numFilled; i++) {
      EXPECT_EQ(tracked[i].associatedObjectIn != nullptr, inferred);
      seen.push_back({tracked[i].trackingId, tracked[i].bbox.x, tracked[i].classId, tracked[i].bbox});
    }
    return seen;
  }

  // The ids of `count` frames with the same boxes; the last frame's.
  std::vector<Seen> frames(int count, const std::vector<NvMOTObjToTrack>& boxes, NvMOTStreamId stream = 0) {
    std::vector<Seen> seen;
    for (int i = 0; i < count; i++) seen = frame(boxes, stream);
    return seen;
  }

  void remove(NvMOTStreamId stream) {
    EXPECT_EQ(function<decltype(NvMOT_RemoveStreams)>("NvMOT_RemoveStreams")(context_, stream),
              NvMOTStatus_OK);
  }
  NvMOTStatus update(const std::string& text) {
    return function<decltype(NvMOT_UpdateParams)>("NvMOT_UpdateParams")(context_, text);
  }

  NvMOTStatus status;
  NvMOTStatus query_status;
  NvMOTConfigResponse response = {};
  NvMOTQuery query = {};
  std::string printed;

 private:
  template <typename Function>
  Function* function(const char* name) {
    auto* found = reinterpret_cast<Function*>(dlsym(handle_, name));
    if (found == nullptr) throw std::runtime_error(name);
    return found;
  }

  TempFile file_;
  void* handle_;
  NvMOTContextHandle context_ = nullptr;
  uint32_t frame_num_ = 0;
};

}  // namespace tracker_test
