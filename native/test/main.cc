#include <gst/gst.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#ifdef __SANITIZE_ADDRESS__
// GLib gives up its table of quarks on purpose when it grows (other threads may still read it), the first one
// in its library constructor; fontconfig keeps its caches. Those frames are only seen when the stack is
// unwound in full. The encoder x265, which tests alone use, leaks its settings.
extern "C" const char* __asan_default_options() { return "fast_unwind_on_malloc=0"; }
extern "C" const char* __lsan_default_suppressions() {
  return "leak:call_init\nleak:g_quark\nleak:libfontconfig\nleak:libx265\n";
}
#endif

namespace {

// GLib's slices hide from sanitizers who frees list links and who gets them next. GLib reads the variable
// before main, so it takes a second start.
void restart_without_slices(char** argv) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  if (getenv("G_SLICE") != nullptr) return;
  setenv("G_SLICE", "always-malloc", 1);
  execv("/proc/self/exe", argv);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  restart_without_slices(argv);
  testing::InitGoogleTest(&argc, argv);
  gst_init(&argc, &argv);
  return RUN_ALL_TESTS();
}
