// The properties of an element as a table of GParamSpecs and their values: what an element does not act
// on it still accepts, stores and reads back, as NVIDIA's does.
#pragma once

#include <gst/gst.h>

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "warn_once.h"

namespace weir::standin {

constexpr GParamFlags kReadWrite = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
constexpr GParamFlags kBeforeStart = static_cast<GParamFlags>(kReadWrite | GST_PARAM_MUTABLE_READY);

inline GParamSpec* uint_spec(const char* name, const char* blurb, guint least, guint most, guint value,
                             GParamFlags flags = kReadWrite) {
  return g_param_spec_uint(name, name, blurb, least, most, value, flags);
}
inline GParamSpec* int_spec(const char* name, const char* blurb, gint least, gint most, gint value) {
  return g_param_spec_int(name, name, blurb, least, most, value, kReadWrite);
}
inline GParamSpec* bool_spec(const char* name, const char* blurb, gboolean value) {
  return g_param_spec_boolean(name, name, blurb, value, kReadWrite);
}
inline GParamSpec* string_spec(const char* name, const char* blurb, const char* value,
                               GParamFlags flags = kReadWrite) {
  return g_param_spec_string(name, name, blurb, value, flags);
}
inline GParamSpec* enum_spec(const char* name, const char* blurb, GType type, gint value,
                             GParamFlags flags = kReadWrite) {
  return g_param_spec_enum(name, name, blurb, type, value, flags);
}

// Registers an enum type once. `values` must be given in the order of their numbers.
inline GType make_enum(const char* name, std::initializer_list<std::pair<int, const char*>> values) {
  auto* table = g_new0(GEnumValue, values.size() + 1);  // GObject keeps it for the life of the process
  gsize i = 0;
  for (const auto& [value, nick] : values) table[i++] = {value, nick, nick};
  return g_enum_register_static(name, table);
}

class PropertyStore {
 public:
  // Ids are 1 and up, in the order of `specs`, as installed by install().
  explicit PropertyStore(GObjectClass* klass, guint count) {
    guint found = 0;
    g_autofree GParamSpec** specs = g_object_class_list_properties(klass, &found);
    values_.resize(count + 1);
    for (guint i = 0; i < found; i++) {
      if (specs[i]->param_id == 0 || specs[i]->param_id > count) continue;
      if (specs[i]->owner_type != G_TYPE_FROM_CLASS(klass)) continue;
      GValue& value = values_[specs[i]->param_id];
      g_value_init(&value, specs[i]->value_type);
      g_param_value_set_default(specs[i], &value);
    }
  }
  ~PropertyStore() {
    for (GValue& value : values_)
      if (G_IS_VALUE(&value)) g_value_unset(&value);
  }

  static guint install(GObjectClass* klass, std::initializer_list<GParamSpec*> specs) {
    guint id = 0;
    for (GParamSpec* spec : specs) g_object_class_install_property(klass, ++id, spec);
    return id;
  }

  void set(guint id, const GValue* value) {
    std::lock_guard lock(mutex_);
    g_value_copy(value, &values_[id]);
  }
  // What `element` is told. A change of one of `ignored`, which it does not act upon, is warned of once.
  void set(const char* element, std::span<const guint> ignored, GParamSpec* spec, const GValue* value) {
    bool changes = false;
    {
      std::lock_guard lock(mutex_);
      GValue& own = values_[spec->param_id];
      changes = g_param_values_cmp(spec, &own, value) != 0;
      g_value_copy(value, &own);
    }
    if (changes && std::find(ignored.begin(), ignored.end(), spec->param_id) != ignored.end())
      warn_once(std::string(element) + ": property " + spec->name + " is accepted and has no effect");
  }
  void get(guint id, GValue* value) const {
    std::lock_guard lock(mutex_);
    g_value_copy(&values_[id], value);
  }

  guint u(guint id) const { return read(id, g_value_get_uint); }
  gint i(guint id) const { return read(id, g_value_get_int); }
  gint e(guint id) const { return read(id, g_value_get_enum); }
  bool b(guint id) const { return read(id, g_value_get_boolean); }
  double d(guint id) const { return read(id, g_value_get_double); }
  std::string s(guint id) const {
    std::lock_guard lock(mutex_);
    const char* text = g_value_get_string(&values_[id]);
    return text == nullptr ? "" : text;
  }
  void set_u(guint id, guint value) {
    std::lock_guard lock(mutex_);
    g_value_set_uint(&values_[id], value);
  }
  void set_s(guint id, const std::string& value) {
    std::lock_guard lock(mutex_);
    g_value_set_string(&values_[id], value.c_str());
  }

 private:
  template <typename T>
  T read(guint id, T (*getter)(const GValue*)) const {
    std::lock_guard lock(mutex_);
    return getter(&values_[id]);
  }

  mutable std::mutex mutex_;
  std::deque<GValue> values_;
};

}  // namespace weir::standin
