// What native code does when it is wrong.
#pragma once

#include <cstdint>

namespace weir::standin {

inline void crash() {
  const volatile uintptr_t nowhere = 16;  // the compiler must not know
  *reinterpret_cast<volatile int*>(nowhere) = 1;
}

}  // namespace weir::standin
