// The headers against DeepStream's measured layouts: the assertions are generated from metadata-abi.json
// and checked by the compiler. At run time: does each library export what its header declares?
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

struct ExportedFunction {
  const char* library;
  const char* name;
};

// One struct holds a reference and is not of standard layout; its offsets are well defined all the same.
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
// NVIDIA's headers mark a field as deprecated, and declare some of the enums in a header the stand-in lacks.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#if __has_include("nvdsinfer_context.h")
#include "nvdsinfer_context.h"
#endif
#include "abi_asserts.inc"

namespace {

TEST(Abi, LibrariesExportWhatTheirHeadersDeclare) {
  ASSERT_GT(std::size(kExportedFunctions), 60u);
  for (const auto& function : kExportedFunctions) {
    void* library = dlopen(function.library, RTLD_LAZY);
    ASSERT_NE(library, nullptr) << dlerror();
    EXPECT_NE(dlsym(library, function.name), nullptr) << function.library << " lacks " << function.name;
    dlclose(library);
  }
}

}  // namespace
