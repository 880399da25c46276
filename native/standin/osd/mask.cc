#include "mask.h"

#include <glib.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace weir::standin {
namespace {

constexpr size_t kMostMasks = 512;
constexpr int kMostPixels = 4096;  // of a text, either way
constexpr unsigned kMostPoints = 200;
constexpr int kMargin = 2;

void use_font(cairo_t* cairo, const std::string& font, unsigned points) {
  cairo_select_font_face(cairo, font.c_str(), CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo, std::clamp(points, 1u, kMostPoints) * 96.0 / 72.0);
}

int pixels(double size) {
  return std::clamp(static_cast<int>(std::ceil(size)) + 2 * kMargin, 1, kMostPixels);
}

Mask make_text(const std::string& text, const std::string& font, unsigned points) {
  cairo_text_extents_t text_size;
  cairo_font_extents_t font_size;
  Mask(1, 1).paint([&](cairo_t* cairo) {
    use_font(cairo, font, points);
    cairo_text_extents(cairo, text.c_str(), &text_size);
    cairo_font_extents(cairo, &font_size);
  });
  Mask mask(pixels(text_size.x_advance), pixels(font_size.ascent + font_size.descent));
  mask.paint([&](cairo_t* cairo) {
    use_font(cairo, font, points);
    cairo_move_to(cairo, kMargin, kMargin + font_size.ascent);
    cairo_show_text(cairo, text.c_str());
  });
  return mask;
}

}  // namespace

Mask::Mask(int width, int height)
    : surface_(cairo_image_surface_create(CAIRO_FORMAT_A8, width, height)),
      data_(cairo_image_surface_get_data(surface_.get())),
      stride_(cairo_image_surface_get_stride(surface_.get())),
      width_(data_ == nullptr ? 0 : width),
      height_(data_ == nullptr ? 0 : height) {}

void Mask::paint(const std::function<void(cairo_t*)>& body) {
  cairo_t* cairo = cairo_create(surface_.get());
  body(cairo);
  cairo_destroy(cairo);
  cairo_surface_flush(surface_.get());
}

const Mask& TextMasks::get(const std::string& text, const std::string& font, unsigned points) {
  const std::string key = font + '\n' + std::to_string(points) + '\n' + text;
  const auto found = masks_.find(key);
  if (found != masks_.end()) return found->second;
  if (masks_.size() >= kMostMasks) masks_.clear();
  gchar* valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
  Mask mask = make_text(valid, font, points);
  g_free(valid);
  return masks_.emplace(key, std::move(mask)).first->second;
}

}  // namespace weir::standin
