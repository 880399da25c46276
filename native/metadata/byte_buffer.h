// Growing byte buffer whose memory can outlive it: views handed to JavaScript share the ownership.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace weir {

class ByteBuffer {
 public:
  explicit ByteBuffer(size_t capacity = 16 * 1024) { reallocate(capacity); }

  void clear() { size_ = 0; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  std::string_view text() const { return {data(), size_}; }
  // Another pointer after the buffer grew; keeps the memory alive.
  const std::shared_ptr<char[]>& memory() const { return memory_; }

  // Room for `more` bytes behind the last one; `finish` says how far they were written. The pointer dies with
  // the next call.
  char* reserve(size_t more) {
    if (size_ + more > capacity_) reallocate(std::max(capacity_ * 2, size_ + more));
    return data() + size_;
  }
  void finish(const char* end) { size_ = end - data(); }

  void append(std::string_view text) {
    char* to = reserve(text.size());
    std::memcpy(to, text.data(), text.size());
    size_ += text.size();
  }
  template <class Integer>
  void append_integer(Integer value) {
    char* to = reserve(24);
    size_ = std::to_chars(to, to + 24, value).ptr - data();
  }
  // Fixed point with at most `Digits` decimals and no trailing zeros. |value| must be below 1e12.
  template <int Digits>
  void append_decimal(double value);

 private:
  char* data() const { return memory_.get(); }
  void reallocate(size_t capacity) {
    // Uninitialised on purpose: pages that are never written cost nothing.
    std::shared_ptr<char[]> grown(new char[capacity]);
    if (size_ > 0) std::memcpy(grown.get(), data(), size_);
    memory_ = std::move(grown);
    capacity_ = capacity;
  }

  std::shared_ptr<char[]> memory_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

template <int Digits>
void ByteBuffer::append_decimal(double value) {
  constexpr int64_t kScale = Digits == 2 ? 100 : 10000;
  static_assert(Digits == 2 || Digits == 4);
  char* to = reserve(24);
  char* const end = to + 24;
  auto scaled = static_cast<int64_t>(value * kScale + (value < 0 ? -0.5 : 0.5));
  if (scaled < 0) {
    *to++ = '-';
    scaled = -scaled;
  }
  to = std::to_chars(to, end, scaled / kScale).ptr;
  if (int64_t fraction = scaled % kScale; fraction != 0) {
    *to++ = '.';
    for (int64_t unit = kScale / 10; fraction != 0; unit /= 10) {
      *to++ = static_cast<char>('0' + fraction / unit);
      fraction %= unit;
    }
  }
  size_ = to - data();
}

}  // namespace weir
