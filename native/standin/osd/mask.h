// Shapes and texts as coverage: how much of each pixel they cover, 0 to 255.
#pragma once

#include <cairo.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace weir::standin {

class Mask {
 public:
  Mask(int width, int height);

  int width() const { return width_; }
  int height() const { return height_; }
  uint8_t at(int x, int y) const { return data_[y * stride_ + x]; }
  // Draws with cairo; what it paints is covered.
  void paint(const std::function<void(cairo_t*)>& body);

 private:
  struct Destroy {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  };
  std::unique_ptr<cairo_surface_t, Destroy> surface_;
  const uint8_t* data_;
  int stride_;
  int width_;
  int height_;
};

// Texts are drawn once and kept: labels return in every frame. One thread only.
class TextMasks {
 public:
  // `points` at 96 dpi. Valid until the next call.
  const Mask& get(const std::string& text, const std::string& font, unsigned points);

 private:
  std::unordered_map<std::string, Mask> masks_;
};

}  // namespace weir::standin
