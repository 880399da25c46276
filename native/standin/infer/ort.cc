#include "infer/ort.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <stdexcept>

namespace weir::standin {
namespace {

constexpr char kLibrary[] = "libonnxruntime.so.1";

struct Runtime {
  ort::Api api = nullptr;
  ort::Env* env = nullptr;
};

void check(ort::Api api, ort::Status* status) {
  if (status == nullptr) return;
  const std::string message = ort::GetErrorMessage::of(api)(status);
  ort::ReleaseStatus::of(api)(status);
  throw std::runtime_error(message);
}

// What the environment names, else the link beside the plugin, else wherever the system has it.
std::string runtime_file() {
  if (const char* named = std::getenv("WEIR_ONNXRUNTIME")) return named;
  Dl_info here{};
  dladdr(reinterpret_cast<void*>(&runtime_file), &here);
  const auto beside = std::filesystem::path(here.dli_fname).parent_path() / "../lib" / kLibrary;
  return std::filesystem::exists(beside) ? beside.string() : kLibrary;
}

Runtime load_runtime() {
  const std::string file = runtime_file();
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw std::runtime_error(
        std::string("ONNX Runtime cannot be loaded: ") + dlerror() +
        "; run npm install (package onnxruntime-node) or set WEIR_ONNXRUNTIME to the library");
  auto get_base = reinterpret_cast<const ort::ApiBase* (*)()>(dlsym(library, "OrtGetApiBase"));
  if (get_base == nullptr) throw std::runtime_error(file + " is not ONNX Runtime: no OrtGetApiBase");
  Runtime runtime;
  runtime.api = get_base()->get_api(ort::kApiVersion);
  if (runtime.api == nullptr) throw std::runtime_error("ONNX Runtime is older than 1.5");
  check(runtime.api, ort::CreateEnv::of(runtime.api)(ort::kLogError, "weir", &runtime.env));
  return runtime;
}

// Lives as long as the process: ONNX Runtime does not survive being unloaded.
const Runtime& runtime() {
  static const Runtime instance = load_runtime();
  return instance;
}

}  // namespace

Outputs::~Outputs() {
  for (ort::Value* value : values_) ort::ReleaseValue::of(api_)(value);
}

Model::Model(const std::string& file) : api_(runtime().api) {
  try {
    load(file);
    read_input();
    read_output_names();
  } catch (const std::exception& e) {
    if (session_ != nullptr) ort::ReleaseSession::of(api_)(session_);
    throw std::runtime_error("model " + file + ": " + e.what());
  }
  check(api_, ort::CreateCpuMemoryInfo::of(api_)(ort::kArenaAllocator, ort::kDefaultMemory, &memory_));
}

Model::~Model() {
  ort::ReleaseMemoryInfo::of(api_)(memory_);
  ort::ReleaseSession::of(api_)(session_);
}

// One thread per call and none that spins: the callers are the parallelism.
void Model::load(const std::string& file) {
  ort::SessionOptions* options = nullptr;
  check(api_, ort::CreateSessionOptions::of(api_)(&options));
  std::unique_ptr<ort::SessionOptions, void (*)(ort::SessionOptions*)> guard(
      options, ort::ReleaseSessionOptions::of(api_));
  check(api_, ort::SetIntraOpNumThreads::of(api_)(options, 1));
  check(api_, ort::SetInterOpNumThreads::of(api_)(options, 1));
  check(api_, ort::SetGraphOptimizationLevel::of(api_)(options, ort::kOptimiseAll));
  check(api_, ort::SetSessionLogSeverityLevel::of(api_)(options, ort::kLogError));
  check(api_, ort::AddSessionConfigEntry::of(api_)(options, "session.intra_op.allow_spinning", "0"));
  check(api_, ort::CreateSession::of(api_)(runtime().env, file.c_str(), options, &session_));
}

void Model::read_input() {
  size_t count = 0;
  check(api_, ort::SessionGetInputCount::of(api_)(session_, &count));
  if (count != 1) throw std::runtime_error("has " + std::to_string(count) + " inputs; expected one picture");
  ort::Allocator* allocator = nullptr;
  check(api_, ort::GetAllocator::of(api_)(&allocator));
  char* name = nullptr;
  check(api_, ort::SessionGetInputName::of(api_)(session_, 0, allocator, &name));
  input_.name = name;
  check(api_, ort::AllocatorFree::of(api_)(allocator, name));

  ort::TypeInfo* type = nullptr;
  check(api_, ort::SessionGetInputTypeInfo::of(api_)(session_, 0, &type));
  std::unique_ptr<ort::TypeInfo, void (*)(ort::TypeInfo*)> guard(type, ort::ReleaseTypeInfo::of(api_));
  const ort::ShapeInfo* shape = nullptr;
  check(api_, ort::CastTypeInfoToTensorInfo::of(api_)(type, &shape));
  int element = 0;
  if (shape != nullptr) check(api_, ort::GetTensorElementType::of(api_)(shape, &element));
  if (element != ort::kFloat) throw std::runtime_error("input " + input_.name + " is not float32");
  size_t rank = 0;
  check(api_, ort::GetDimensionsCount::of(api_)(shape, &rank));
  input_.dims.resize(rank);
  check(api_, ort::GetDimensions::of(api_)(shape, input_.dims.data(), rank));
  if (rank != 4) throw std::runtime_error("input " + input_.name + " must have four dimensions, batch first");
}

void Model::read_output_names() {
  size_t count = 0;
  check(api_, ort::SessionGetOutputCount::of(api_)(session_, &count));
  ort::Allocator* allocator = nullptr;
  check(api_, ort::GetAllocator::of(api_)(&allocator));
  for (size_t i = 0; i < count; i++) {
    char* name = nullptr;
    check(api_, ort::SessionGetOutputName::of(api_)(session_, i, allocator, &name));
    output_names_.emplace_back(name);
    check(api_, ort::AllocatorFree::of(api_)(allocator, name));
  }
}

std::unique_ptr<Outputs> Model::run(float* tensor, const std::vector<int64_t>& dims) const {
  const size_t elements = std::accumulate(dims.begin(), dims.end(), size_t{1}, std::multiplies<>());
  ort::Value* input = nullptr;
  check(api_, ort::CreateTensorWithData::of(api_)(memory_, tensor, elements * sizeof(float), dims.data(),
                                                  dims.size(), ort::kFloat, &input));
  std::unique_ptr<ort::Value, void (*)(ort::Value*)> guard(input, ort::ReleaseValue::of(api_));
  const char* input_name = input_.name.c_str();
  std::vector<const char*> names;
  for (const auto& name : output_names_) names.push_back(name.c_str());
  std::vector<ort::Value*> values(names.size(), nullptr);
  const ort::Value* inputs[] = {input};
  check(api_, ort::Run::of(api_)(session_, nullptr, &input_name, inputs, 1, names.data(), names.size(),
                                 values.data()));
  auto outputs = std::make_unique<Outputs>(api_, values);
  for (size_t i = 0; i < values.size(); i++) {
    ModelOutput out{output_names_[i], {}, nullptr};
    ort::ShapeInfo* shape = nullptr;
    check(api_, ort::GetTensorTypeAndShape::of(api_)(values[i], &shape));
    std::unique_ptr<ort::ShapeInfo, void (*)(ort::ShapeInfo*)> shape_guard(shape,
                                                                           ort::ReleaseShapeInfo::of(api_));
    int element = 0;
    check(api_, ort::GetTensorElementType::of(api_)(shape, &element));
    if (element != ort::kFloat) throw std::runtime_error("output " + out.name + " is not float32");
    size_t rank = 0;
    check(api_, ort::GetDimensionsCount::of(api_)(shape, &rank));
    out.dims.resize(rank);
    check(api_, ort::GetDimensions::of(api_)(shape, out.dims.data(), rank));
    void* data = nullptr;
    check(api_, ort::GetTensorMutableData::of(api_)(values[i], &data));
    out.data = static_cast<float*>(data);
    outputs->list.push_back(std::move(out));
  }
  return outputs;
}

}  // namespace weir::standin
