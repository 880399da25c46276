#include "pipeline/property.h"

#include <charconv>
#include <cmath>

#include "pipeline/failure.h"

namespace weir {
namespace {

struct Value {
  GValue value = G_VALUE_INIT;
  explicit Value(GType type) { g_value_init(&value, type); }
  ~Value() { g_value_unset(&value); }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
};

std::string number_text(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), number).ptr};
}

std::string text_of(const Scalar& scalar) {
  if (const auto* flag = std::get_if<bool>(&scalar)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&scalar)) return number_text(*number);
  return std::get<std::string>(scalar);
}

template <class Spec>
std::string range(const char* kind, Spec* spec) {
  return std::string(kind) + " from " + std::to_string(spec->minimum) + " to " +
         std::to_string(spec->maximum);
}

std::string one_of(GParamSpecEnum* spec) {
  std::string names;
  for (guint i = 0; i < spec->enum_class->n_values; i++) {
    const GEnumValue& value = spec->enum_class->values[i];
    names += (i == 0 ? "one of " : ", ") + std::string(value.value_nick) + " (" +
             std::to_string(value.value) + ")";
  }
  return names;
}

std::string expectation(GParamSpec* spec) {
  if (G_IS_PARAM_SPEC_BOOLEAN(spec)) return "true or false";
  if (G_IS_PARAM_SPEC_INT(spec)) return range("an integer", G_PARAM_SPEC_INT(spec));
  if (G_IS_PARAM_SPEC_UINT(spec)) return range("an integer", G_PARAM_SPEC_UINT(spec));
  if (G_IS_PARAM_SPEC_INT64(spec)) return range("an integer", G_PARAM_SPEC_INT64(spec));
  if (G_IS_PARAM_SPEC_UINT64(spec)) return range("an integer", G_PARAM_SPEC_UINT64(spec));
  if (G_IS_PARAM_SPEC_FLOAT(spec)) return range("a number", G_PARAM_SPEC_FLOAT(spec));
  if (G_IS_PARAM_SPEC_DOUBLE(spec)) return range("a number", G_PARAM_SPEC_DOUBLE(spec));
  if (G_IS_PARAM_SPEC_ENUM(spec)) return one_of(G_PARAM_SPEC_ENUM(spec));
  return std::string("a value of type ") + g_type_name(spec->value_type);
}

bool is_integer_type(GType type) {
  return type == G_TYPE_INT || type == G_TYPE_UINT || type == G_TYPE_LONG || type == G_TYPE_ULONG ||
         type == G_TYPE_INT64 || type == G_TYPE_UINT64;
}

bool parse_text(const std::string& text, GValue* out) {
  if (G_VALUE_TYPE(out) == G_TYPE_STRING) {
    g_value_set_string(out, text.c_str());
    return true;
  }
  return gst_value_deserialize(out, text.c_str());
}

// Numbers go by their text too: only that way is a number too large for the type noticed.
bool convert(const Scalar& scalar, GValue* out) {
  const GType type = G_VALUE_TYPE(out);
  if (const auto* text = std::get_if<std::string>(&scalar)) return parse_text(*text, out);
  if (const auto* flag = std::get_if<bool>(&scalar)) {
    if (is_integer_type(type)) return parse_text(*flag ? "1" : "0", out);
    if (type != G_TYPE_BOOLEAN) return false;
    g_value_set_boolean(out, *flag);
    return true;
  }
  const double number = std::get<double>(scalar);
  if (type == G_TYPE_STRING || !std::isfinite(number)) return false;
  if (type == G_TYPE_FLOAT || type == G_TYPE_DOUBLE) {
    Value source(G_TYPE_DOUBLE);
    g_value_set_double(&source.value, number);
    return g_value_transform(&source.value, out);
  }
  if (number != std::floor(number) || std::fabs(number) > 9.007199254740992e15) return false;
  if (type == G_TYPE_BOOLEAN) {
    g_value_set_boolean(out, number == 1);
    return number == 0 || number == 1;
  }
  return parse_text(std::to_string(static_cast<int64_t>(number)), out);
}

const Scalar* resolve(const PropValue& value, const Params* params) {
  if (const auto* scalar = std::get_if<Scalar>(&value)) return scalar;
  if (params == nullptr) return nullptr;
  const auto found = params->find(std::get<Hole>(value).name);
  return found == params->end() ? nullptr : &found->second;
}

std::string shown(const PropValue& value) {
  if (const auto* hole = std::get_if<Hole>(&value)) return "what parameter \"" + hole->name + "\" says";
  return '"' + text_of(std::get<Scalar>(value)) + '"';
}

}  // namespace

void set_property(GstElement* element, const Node& node, const std::string& name, const PropValue& value,
                  const Params* params) {
  const std::string place = "node \"" + node.id + "\" (" + node.element + "): ";
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), name.c_str());
  if (spec == nullptr) throw Failure(code::kGraph, place + "has no property \"" + name + '"');
  if (!(spec->flags & G_PARAM_WRITABLE))
    throw Failure(code::kGraph, place + "property \"" + name + "\" cannot be set");
  const Scalar* scalar = resolve(value, params);
  if (scalar == nullptr) return;
  Value converted(spec->value_type);
  // Validation changes a value that is out of range instead of refusing it.
  if (!convert(*scalar, &converted.value) || g_param_value_validate(spec, &converted.value))
    throw Failure(code::kGraph, place + "property \"" + name + "\" cannot be " + shown(value) +
                                    "; expected " + expectation(spec));
  g_object_set_property(G_OBJECT(element), name.c_str(), &converted.value);
}

}  // namespace weir
