// A file that one process at a time has, and that holds this process's number.
#pragma once

#include <memory>
#include <string>

namespace weir {

// Belongs to the process that took it alone: children, forked or started by it, do not keep it locked.
class LockFile {
 public:
  // Nothing while somebody else has it. Throws std::system_error.
  static std::unique_ptr<LockFile> take(const std::string& path);
  ~LockFile() { release(); }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  // Safe twice. The file stays, empty: removing it could pull it from under the next who takes it.
  void release();
  // In a child after fork(): it never had the lock.
  void forget();

 private:
  explicit LockFile(int descriptor);

  int descriptor_;
};

}  // namespace weir
