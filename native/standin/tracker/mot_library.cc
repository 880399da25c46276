#include "mot_library.h"

#include <dlfcn.h>

#include <stdexcept>

namespace weir::standin {
namespace {

// NVIDIA's size counts the terminating zero.
uint16_t path_size(const std::string& path) {
  return path.empty() ? 0 : static_cast<uint16_t>(path.size() + 1);
}

}  // namespace

void MotLibrary::Close::operator()(void* handle) const { dlclose(handle); }

template <typename Function>
Function* MotLibrary::symbol(const char* name, bool required) const {
  void* found = dlsym(handle_.get(), name);
  if (found == nullptr && required) throw std::runtime_error(std::string("it does not export ") + name);
  return reinterpret_cast<Function*>(found);
}

MotLibrary::MotLibrary(const MotSettings& settings) {
  if (settings.library.empty())
    throw std::runtime_error("ll-lib-file is not set; expected the path of a low-level tracker library");
  if (settings.config_file.size() >= UINT16_MAX) throw std::runtime_error("ll-config-file is too long");
  // Stays loaded, so that it remembers what it has warned of.
  handle_.reset(dlopen(settings.library.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE));
  if (!handle_) throw std::runtime_error(std::string("ll-lib-file can not be loaded: ") + dlerror());
  try {
    process_ = symbol<decltype(NvMOT_Process)>("NvMOT_Process", true);
    deinit_ = symbol<decltype(NvMOT_DeInit)>("NvMOT_DeInit", true);
    remove_ = symbol<decltype(NvMOT_RemoveStreams)>("NvMOT_RemoveStreams", false);
    update_ = symbol<decltype(NvMOT_UpdateParams)>("NvMOT_UpdateParams", false);
    ask(settings);
    init(settings);
  } catch (const std::runtime_error& e) {
    throw std::runtime_error("ll-lib-file " + settings.library + ": " + e.what());
  }
}

MotLibrary::~MotLibrary() {
  if (context_ != nullptr) deinit_(context_);
}

void MotLibrary::ask(const MotSettings& settings) {
  auto* query = symbol<decltype(NvMOT_Query)>("NvMOT_Query", true);
  std::string path = settings.config_file;
  if (query(path_size(path), path.data(), &query_) != NvMOTStatus_OK)
    throw std::runtime_error("NvMOT_Query failed with ll-config-file \"" + path + "\"");
  if (query_.numTransforms > 0)
    throw std::runtime_error(
        "it asks for pictures, which the stand-in does not convert; use the IOU tracker");
  if (query_.maxTargetsPerStream == 0)
    throw std::runtime_error("it tracks no targets (maxTargetsPerStream 0)");
}

void MotLibrary::init(const MotSettings& settings) {
  auto* init = symbol<decltype(NvMOT_Init)>("NvMOT_Init", true);
  std::string path = settings.config_file;
  NvMOTPerTransformBatchConfig none = {};
  NvMOTConfig config = {};
  config.computeConfig = query_.computeConfig;
  config.maxStreams = settings.max_streams;
  config.maxBufSurfAddrSize = settings.max_streams;
  config.perTransformBatchConfig = &none;
  config.miscConfig.gpuId = settings.gpu_id;
  config.customConfigFilePathSize = path_size(path);
  config.customConfigFilePath = path.data();
  NvMOTConfigResponse response = {};
  if (init(&config, &context_, &response) != NvMOTStatus_OK || context_ == nullptr)
    throw std::runtime_error("NvMOT_Init failed with ll-config-file \"" + path + "\"");
}

bool MotLibrary::process(NvMOTProcessParams& params, NvMOTTrackedObjBatch& out) {
  return process_(context_, &params, &out) == NvMOTStatus_OK;
}

bool MotLibrary::remove_stream(NvMOTStreamId stream) {
  return remove_ == nullptr || remove_(context_, stream) == NvMOTStatus_OK;
}

bool MotLibrary::update(const std::string& config) {
  return update_ == nullptr || update_(context_, config) == NvMOTStatus_OK;
}

}  // namespace weir::standin
