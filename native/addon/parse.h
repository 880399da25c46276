// JavaScript values → plain structs; errors name the path of the bad field.
#pragma once

#include <napi.h>

#include <string>

#include "pipeline/failure.h"
#include "pipeline/graph.h"

namespace weir {

// JavaScript's Number.MAX_SAFE_INTEGER.
inline constexpr int64_t kMaxInteger = 9'007'199'254'740'991;

// An Error with `code`.
Napi::Error to_error(Napi::Env env, const Failure& failure);

// A value and how it is called in messages.
class Field {
 public:
  Field(Napi::Value value, std::string path) : value_(value), path_(std::move(path)) {}

  // All throw Failure BAD_ARGUMENT.
  Field at(const char* key) const;
  // Undefined when it is missing.
  Field maybe(const char* key) const;
  bool is_undefined() const { return value_.IsUndefined(); }
  bool is_object() const { return value_.IsObject(); }
  std::string text() const;
  double number() const;
  double number(double from, double to) const;
  int64_t integer(int64_t from, int64_t to) const;
  bool boolean() const;
  Scalar scalar() const;
  Napi::Function function() const;
  template <class Each>
  void each_item(Each each) const;
  template <class Each>
  void each_entry(Each each) const;
  [[noreturn]] void expected(const std::string& what) const;

 private:
  Napi::Object object() const;

  Napi::Value value_;
  std::string path_;
};

Graph parse_graph(const Field& graph);
SourceParams parse_source(const Field& source);
Selection parse_selection(const Field& selection);

}  // namespace weir
