#include "infer/config_file.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <stdexcept>

namespace weir::standin {
namespace {

bool has_yaml_suffix(const std::string& file) { return file.ends_with(".yml") || file.ends_with(".yaml"); }

std::vector<std::string> take_strings(gchar** list) {
  std::vector<std::string> out;
  for (gchar** s = list; s != nullptr && *s != nullptr; s++) out.emplace_back(*s);
  g_strfreev(list);
  return out;
}

}  // namespace

ConfigFile::ConfigFile(const std::string& file)
    : file_(file), yaml_(has_yaml_suffix(file)), keys_(g_key_file_new()) {
  try {
    if (yaml_)
      load_yaml();
    else
      load_text();
  } catch (...) {
    g_key_file_free(keys_);
    throw;
  }
}

ConfigFile::~ConfigFile() { g_key_file_free(keys_); }

void ConfigFile::load_text() {
  g_autoptr(GError) error = nullptr;
  if (!g_key_file_load_from_file(keys_, file_.c_str(), G_KEY_FILE_NONE, &error))
    throw std::runtime_error(file_ + ": " + error->message);
}

void ConfigFile::load_yaml() {
  try {
    const YAML::Node root = YAML::LoadFile(file_);
    for (const auto& group : root) {
      if (!group.second.IsMap()) continue;
      for (const auto& entry : group.second)
        g_key_file_set_value(keys_, group.first.as<std::string>().c_str(),
                             entry.first.as<std::string>().c_str(), entry.second.as<std::string>().c_str());
    }
  } catch (const YAML::Exception& e) {
    throw std::runtime_error(file_ + ": " + e.what());
  }
}

std::vector<std::string> ConfigFile::groups() const {
  return take_strings(g_key_file_get_groups(keys_, nullptr));
}

std::vector<std::string> ConfigFile::keys(const std::string& group) const {
  return take_strings(g_key_file_get_keys(keys_, group.c_str(), nullptr, nullptr));
}

void ConfigFile::fail(const std::string& group, const std::string& key, const std::string& expected) const {
  g_autofree gchar* value = g_key_file_get_value(keys_, group.c_str(), key.c_str(), nullptr);
  throw std::runtime_error(file_ + ": [" + group + "] " + key + " is '" + (value == nullptr ? "" : value) +
                           "'; expected " + expected);
}

int ConfigFile::integer(const std::string& group, const std::string& key) const {
  g_autoptr(GError) error = nullptr;
  const int value = g_key_file_get_integer(keys_, group.c_str(), key.c_str(), &error);
  if (error != nullptr) fail(group, key, "an integer");
  return value;
}

double ConfigFile::number(const std::string& group, const std::string& key) const {
  g_autoptr(GError) error = nullptr;
  const double value = g_key_file_get_double(keys_, group.c_str(), key.c_str(), &error);
  if (error != nullptr) fail(group, key, "a number");
  return value;
}

// YAML files are read with a GLib integer, so that only 0 and 1 will do.
bool ConfigFile::flag(const std::string& group, const std::string& key) const {
  g_autoptr(GError) error = nullptr;
  if (yaml_) {
    const int value = integer(group, key);
    if (value != 0 && value != 1) fail(group, key, "0 or 1");
    return value == 1;
  }
  const bool value = g_key_file_get_boolean(keys_, group.c_str(), key.c_str(), &error);
  if (error != nullptr) fail(group, key, "true, false, 1 or 0");
  return value;
}

std::string ConfigFile::text(const std::string& group, const std::string& key) const {
  g_autoptr(GError) error = nullptr;
  g_autofree gchar* value = g_key_file_get_string(keys_, group.c_str(), key.c_str(), &error);
  if (error != nullptr) fail(group, key, "text");
  return value;
}

std::vector<int> ConfigFile::integers(const std::string& group, const std::string& key) const {
  g_autoptr(GError) error = nullptr;
  gsize count = 0;
  g_autofree gint* list = g_key_file_get_integer_list(keys_, group.c_str(), key.c_str(), &count, &error);
  if (error != nullptr) fail(group, key, "integers between semicolons");
  return {list, list + count};
}

std::vector<double> ConfigFile::numbers(const std::string& group, const std::string& key) const {
  g_autoptr(GError) error = nullptr;
  gsize count = 0;
  g_autofree gdouble* list = g_key_file_get_double_list(keys_, group.c_str(), key.c_str(), &count, &error);
  if (error != nullptr) fail(group, key, "numbers between semicolons");
  return {list, list + count};
}

std::string ConfigFile::path(const std::string& group, const std::string& key) const {
  namespace fs = std::filesystem;
  const fs::path value = text(group, key);
  std::error_code ignored;
  const fs::path here = fs::canonical(file_, ignored).parent_path();
  return value.is_absolute() ? value.string() : (here / value).lexically_normal().string();
}

}  // namespace weir::standin
