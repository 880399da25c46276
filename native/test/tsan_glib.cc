// Built with ThreadSanitizer alone: tells it of GLib's locks and reference counts, which it cannot see by
// itself. GLib is not built with it, and its locks are futexes of its own.
#include <dlfcn.h>
#include <glib-object.h>
#include <gst/gst.h>

extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);

namespace {

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define REAL(name) static auto* const call = real<decltype(name)>(#name)

#define LOCK(name, Type)  \
  void name(Type* lock) { \
    REAL(name);           \
    call(lock);           \
    __tsan_acquire(lock); \
  }
#define TRYLOCK(name, Type)            \
  gboolean name(Type* lock) {          \
    REAL(name);                        \
    const gboolean taken = call(lock); \
    if (taken) __tsan_acquire(lock);   \
    return taken;                      \
  }
#define UNLOCK(name, Type) \
  void name(Type* lock) {  \
    REAL(name);            \
    __tsan_release(lock);  \
    call(lock);            \
  }
// All references are let go of before the last.
#define UNREF(name, Type)   \
  void name(Type object) {  \
    REAL(name);             \
    __tsan_release(object); \
    __tsan_acquire(object); \
    call(object);           \
  }

extern "C" {

// What GLib and GStreamer allocate, hand over within themselves and free again. And libstdc++ counts who has
// an exception's text out of sight.
const char* __tsan_default_suppressions() {
  return "called_from_lib:libglib-2.0.so\ncalled_from_lib:libgstreamer-1.0.so\n"
         "race_top:libglib-2.0.so\nrace_top:libgstreamer-1.0.so\n"
         "race:std::runtime_error::~runtime_error\n";
}

LOCK(g_mutex_lock, GMutex)
TRYLOCK(g_mutex_trylock, GMutex)
UNLOCK(g_mutex_unlock, GMutex)
LOCK(g_rec_mutex_lock, GRecMutex)
TRYLOCK(g_rec_mutex_trylock, GRecMutex)
UNLOCK(g_rec_mutex_unlock, GRecMutex)
LOCK(g_rw_lock_reader_lock, GRWLock)
UNLOCK(g_rw_lock_reader_unlock, GRWLock)
LOCK(g_rw_lock_writer_lock, GRWLock)
UNLOCK(g_rw_lock_writer_unlock, GRWLock)
UNREF(g_object_unref, gpointer)
UNREF(gst_object_unref, gpointer)
UNREF(gst_mini_object_unref, GstMiniObject*)

void g_cond_wait(GCond* condition, GMutex* lock) {
  REAL(g_cond_wait);
  __tsan_release(lock);
  call(condition, lock);
  __tsan_acquire(lock);
}

gboolean g_cond_wait_until(GCond* condition, GMutex* lock, gint64 end) {
  REAL(g_cond_wait_until);
  __tsan_release(lock);
  const gboolean woken = call(condition, lock, end);
  __tsan_acquire(lock);
  return woken;
}

}  // extern "C"
