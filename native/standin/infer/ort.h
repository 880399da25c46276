// A model loaded by ONNX Runtime. The library is loaded with the first model, never while GStreamer scans
// plugins. run() may be called by several threads at once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "infer/ort_slots.h"

namespace weir::standin {

struct ModelInput {
  std::string name;
  std::vector<int64_t> dims;  // with the batch first; -1 where the model leaves it open
};

struct ModelOutput {
  std::string name;
  std::vector<int64_t> dims;  // with the batch
  float* data;                // valid until the Outputs it belongs to is destroyed
};

class Outputs {
 public:
  Outputs(ort::Api api, std::vector<ort::Value*> values) : api_(api), values_(std::move(values)) {}
  ~Outputs();
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;
  std::vector<ModelOutput> list;

 private:
  ort::Api api_;
  std::vector<ort::Value*> values_;
};

class Model {
 public:
  // Throws std::runtime_error naming the file and the reason.
  explicit Model(const std::string& file);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const ModelInput& input() const { return input_; }
  const std::vector<std::string>& output_names() const { return output_names_; }

  // One inference on `tensor` of shape `dims` (batch included). Throws std::runtime_error.
  std::unique_ptr<Outputs> run(float* tensor, const std::vector<int64_t>& dims) const;

 private:
  void load(const std::string& file);
  void read_input();
  void read_output_names();

  ort::Api api_;
  ort::SessionHandle* session_ = nullptr;
  ort::MemoryInfo* memory_ = nullptr;
  ModelInput input_;
  std::vector<std::string> output_names_;
};

}  // namespace weir::standin
