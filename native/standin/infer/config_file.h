// Access to an nvinfer configuration file, whichever of its two formats it has.
#pragma once

#include <glib.h>

#include <string>
#include <vector>

namespace weir::standin {

class ConfigFile {
 public:
  // Throws std::runtime_error when the file cannot be read or parsed.
  explicit ConfigFile(const std::string& file);
  ~ConfigFile();
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;

  const std::string& file() const { return file_; }
  bool yaml() const { return yaml_; }
  std::vector<std::string> groups() const;
  std::vector<std::string> keys(const std::string& group) const;

  // All throw std::runtime_error naming file, group, key and value when the value has another type.
  int integer(const std::string& group, const std::string& key) const;
  double number(const std::string& group, const std::string& key) const;
  bool flag(const std::string& group, const std::string& key) const;
  std::string text(const std::string& group, const std::string& key) const;
  std::vector<int> integers(const std::string& group, const std::string& key) const;
  std::vector<double> numbers(const std::string& group, const std::string& key) const;
  // Relative to the folder the configuration really lies in.
  std::string path(const std::string& group, const std::string& key) const;

  [[noreturn]] void fail(const std::string& group, const std::string& key, const std::string& expected) const;

 private:
  void load_text();
  void load_yaml();

  std::string file_;
  bool yaml_;
  GKeyFile* keys_;
};

}  // namespace weir::standin
