// The functions of ONNX Runtime's C API that a detector needs, by their place in its function table. The
// order of a shipped API version never changes; version 5 (2020) holds all of these.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::standin::ort {

struct Status;
struct Env;
struct SessionOptions;
struct SessionHandle;
struct RunOptions;
struct Value;
struct Allocator;
struct MemoryInfo;
struct TypeInfo;
struct ShapeInfo;

using Api = void* const*;
struct ApiBase {
  Api (*get_api)(uint32_t version);
  const char* (*get_version)();
};

constexpr uint32_t kApiVersion = 5;
constexpr int kLogError = 3;
constexpr int kFloat = 1;
constexpr int kArenaAllocator = 1;
constexpr int kDefaultMemory = 0;
constexpr int kOptimiseAll = 99;

// One entry: the slot and the function's type.
template <size_t Slot, typename Signature>
struct Entry {
  static Signature* of(Api api) { return reinterpret_cast<Signature*>(api[Slot]); }
};

using GetErrorMessage = Entry<2, const char*(const Status*)>;
using CreateEnv = Entry<3, Status*(int, const char*, Env**)>;
using CreateSession = Entry<7, Status*(const Env*, const char*, const SessionOptions*, SessionHandle**)>;
using Run = Entry<9, Status*(SessionHandle*, const RunOptions*, const char* const*, const Value* const*,
                             size_t, const char* const*, size_t, Value**)>;
using CreateSessionOptions = Entry<10, Status*(SessionOptions**)>;
using SetSessionLogSeverityLevel = Entry<22, Status*(SessionOptions*, int)>;
using SetGraphOptimizationLevel = Entry<23, Status*(SessionOptions*, int)>;
using SetIntraOpNumThreads = Entry<24, Status*(SessionOptions*, int)>;
using SetInterOpNumThreads = Entry<25, Status*(SessionOptions*, int)>;
using SessionGetInputCount = Entry<30, Status*(const SessionHandle*, size_t*)>;
using SessionGetOutputCount = Entry<31, Status*(const SessionHandle*, size_t*)>;
using SessionGetInputTypeInfo = Entry<33, Status*(const SessionHandle*, size_t, TypeInfo**)>;
using SessionGetInputName = Entry<36, Status*(const SessionHandle*, size_t, Allocator*, char**)>;
using SessionGetOutputName = Entry<37, Status*(const SessionHandle*, size_t, Allocator*, char**)>;
using CreateTensorWithData =
    Entry<49, Status*(const MemoryInfo*, void*, size_t, const int64_t*, size_t, int, Value**)>;
using GetTensorMutableData = Entry<51, Status*(Value*, void**)>;
using CastTypeInfoToTensorInfo = Entry<55, Status*(const TypeInfo*, const ShapeInfo**)>;
using GetTensorElementType = Entry<60, Status*(const ShapeInfo*, int*)>;
using GetDimensionsCount = Entry<61, Status*(const ShapeInfo*, size_t*)>;
using GetDimensions = Entry<62, Status*(const ShapeInfo*, int64_t*, size_t)>;
using GetTensorTypeAndShape = Entry<65, Status*(const Value*, ShapeInfo**)>;
using CreateCpuMemoryInfo = Entry<69, Status*(int, int, MemoryInfo**)>;
using AllocatorFree = Entry<76, Status*(Allocator*, void*)>;
using GetAllocator = Entry<78, Status*(Allocator**)>;
using ReleaseStatus = Entry<93, void(Status*)>;
using ReleaseMemoryInfo = Entry<94, void(MemoryInfo*)>;
using ReleaseSession = Entry<95, void(SessionHandle*)>;
using ReleaseValue = Entry<96, void(Value*)>;
using ReleaseTypeInfo = Entry<98, void(TypeInfo*)>;
using ReleaseShapeInfo = Entry<99, void(ShapeInfo*)>;
using ReleaseSessionOptions = Entry<100, void(SessionOptions*)>;
using AddSessionConfigEntry = Entry<130, Status*(SessionOptions*, const char*, const char*)>;

}  // namespace weir::standin::ort
