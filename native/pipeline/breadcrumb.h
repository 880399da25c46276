// Whose bytes a thread was working on when the process crashed, left in a file that outlives it.
#pragma once

#include <cstdint>
#include <string>

namespace weir {

enum class Stage : uint16_t {
  kUnknown,
  kReceive,  // a thread of the source, before anything more is known
  kParse,    // depayloader, parser
  kDecode,
  kMux,       // hands pictures to the mux
  kStop,      // takes the source down
  kSnapshot,  // one picture for a viewer
  kPipeline,  // what all streams share
};

// What a thread is at. No token where it works for many streams, or for none.
struct Work {
  uint32_t token = 0;
  int16_t slot = -1;
  Stage stage = Stage::kUnknown;
};

// The calling thread is at this from now on. One store: for every packet.
void work_on(const Work& work);
Work current_work();

// The calling thread is at this for as long as it lives.
class WorkScope {
 public:
  explicit WorkScope(const Work& work) : before_(current_work()) { work_on(work); }
  ~WorkScope() { work_on(before_); }
  WorkScope(const WorkScope&) = delete;
  WorkScope& operator=(const WorkScope&) = delete;

 private:
  const Work before_;
};

// From now on the first thread that crashes writes what it was at into `file`, which src/native/breadcrumb.ts
// has made, and the signal takes its course. A stack that overflows leaves no room to write anything. Throws
// Failure BAD_ARGUMENT; a second call changes the file.
void arm_breadcrumb(const std::string& file);

}  // namespace weir
