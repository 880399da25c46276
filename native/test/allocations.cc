#include "allocations.h"

#include <cstdlib>
#include <new>

namespace {
thread_local size_t made = 0;
}

size_t weir::test::allocations() { return made; }

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

// Sanitizers have an operator new of their own, and tell of every allocation instead. Of
// sanitizer/allocator_interface.h, which not every compiler's package has.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*made)(const volatile void*, size_t),
                                                         void (*freed)(const volatile void*));

namespace {
void count(const volatile void*, size_t) { made++; }
void ignore(const volatile void*) {}
[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(count, ignore);
}  // namespace

#else

// The other forms of new and delete call these.
void* operator new(size_t size) {
  made++;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

#endif
