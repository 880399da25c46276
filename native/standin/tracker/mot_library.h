// A low-level tracker: the library named by ll-lib-file, opened and initialised.
#pragma once

#include <memory>
#include <string>

#include "nvdstracker.h"

namespace weir::standin {

struct MotSettings {
  std::string library;
  std::string config_file;  // may be empty
  uint32_t max_streams = 1;
  uint32_t gpu_id = 0;
};

class MotLibrary {
 public:
  // Throws std::runtime_error that says what was tried.
  explicit MotLibrary(const MotSettings& settings);
  ~MotLibrary();
  MotLibrary(const MotLibrary&) = delete;
  MotLibrary& operator=(const MotLibrary&) = delete;

  const NvMOTQuery& query() const { return query_; }
  bool process(NvMOTProcessParams& params, NvMOTTrackedObjBatch& out);
  // Both are true where the library lacks the optional function.
  bool remove_stream(NvMOTStreamId stream);
  bool update(const std::string& config);

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  template <typename Function>
  Function* symbol(const char* name, bool required) const;
  void ask(const MotSettings& settings);
  void init(const MotSettings& settings);

  std::unique_ptr<void, Close> handle_;
  NvMOTQuery query_ = {};
  NvMOTContextHandle context_ = nullptr;
  decltype(NvMOT_Process)* process_ = nullptr;
  decltype(NvMOT_DeInit)* deinit_ = nullptr;
  decltype(NvMOT_RemoveStreams)* remove_ = nullptr;
  decltype(NvMOT_UpdateParams)* update_ = nullptr;
};

}  // namespace weir::standin
