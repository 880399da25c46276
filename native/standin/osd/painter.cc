#include "painter.h"

#include <algorithm>
#include <cmath>

namespace weir::standin {
namespace {

constexpr unsigned kUsualPoints = 10;
constexpr double kPi = 3.14159265358979323846;

// Far outside of any picture, and safe to add to.
constexpr float kFar = 1 << 20;

int rounded(float value) {
  return std::isfinite(value) ? static_cast<int>(std::lround(std::clamp(value, -kFar, kFar))) : 0;
}
int clamped(unsigned value) { return static_cast<int>(std::min(value, static_cast<unsigned>(kFar))); }

template <typename Meta, typename Visit>
void each(const GList* list, Visit visit) {
  for (; list != nullptr; list = list->next) visit(*static_cast<const Meta*>(list->data));
}

template <typename Visit>
void each_object(const NvDsBatchMeta& batch, Visit visit) {
  each<NvDsFrameMeta>(batch.frame_meta_list,
                      [&](const NvDsFrameMeta& frame) { each<NvDsObjectMeta>(frame.obj_meta_list, visit); });
}

template <typename Visit>
void each_display(const NvDsBatchMeta& batch, Visit visit) {
  each<NvDsFrameMeta>(batch.frame_meta_list, [&](const NvDsFrameMeta& frame) {
    each<NvDsDisplayMeta>(frame.display_meta_list, visit);
  });
}

template <typename Item, typename Visit>
void each_item(const Item (&items)[MAX_ELEMENTS_IN_DISPLAY_META], guint count, Visit visit) {
  for (guint i = 0; i < std::min<guint>(count, MAX_ELEMENTS_IN_DISPLAY_META); i++) visit(items[i]);
}

// The border lies inside of the box, so that a box along the picture's edge keeps all four sides.
void draw_box(Canvas& canvas, const NvOSD_RectParams& rect) {
  const Area box{rounded(rect.left), rounded(rect.top), rounded(rect.left + rect.width),
                 rounded(rect.top + rect.height)};
  if (box.empty()) return;
  if (rect.has_bg_color != 0) canvas.fill(box, rect.bg_color);
  const int band = std::min({clamped(rect.border_width), (box.width() + 1) / 2, (box.height() + 1) / 2});
  if (band == 0) return;
  const Area inner{box.left + band, box.top + band, box.right - band, box.bottom - band};
  canvas.fill({box.left, box.top, box.right, inner.top}, rect.border_color);
  canvas.fill({box.left, std::max(inner.top, inner.bottom), box.right, box.bottom}, rect.border_color);
  canvas.fill({box.left, inner.top, inner.left, inner.bottom}, rect.border_color);
  canvas.fill({std::max(inner.left, inner.right), inner.top, box.right, inner.bottom}, rect.border_color);
}

// Draws with cairo in picture coordinates, within `bounds`.
void draw_shape(Canvas& canvas, const Area& bounds, const NvOSD_ColorParams& colour,
                const std::function<void(cairo_t*)>& body) {
  const Area area = bounds.within(canvas.area());
  if (area.empty()) return;
  Mask mask(area.width(), area.height());
  mask.paint([&](cairo_t* cairo) {
    cairo_translate(cairo, -area.left, -area.top);
    body(cairo);
  });
  canvas.blend(mask, area.left, area.top, colour);
}

Area around(int x1, int y1, int x2, int y2, int margin) {
  return {std::min(x1, x2) - margin, std::min(y1, y2) - margin, std::max(x1, x2) + margin + 1,
          std::max(y1, y2) + margin + 1};
}

void draw_line(Canvas& canvas, const NvOSD_LineParams& line) {
  const int x1 = clamped(line.x1), y1 = clamped(line.y1), x2 = clamped(line.x2), y2 = clamped(line.y2);
  const int width = std::max(clamped(line.line_width), 1);
  draw_shape(canvas, around(x1, y1, x2, y2, width), line.line_color, [&](cairo_t* cairo) {
    cairo_set_line_width(cairo, width);
    cairo_move_to(cairo, x1, y1);
    cairo_line_to(cairo, x2, y2);
    cairo_stroke(cairo);
  });
}

void add_head(cairo_t* cairo, int x, int y, double direction, double length) {
  for (const double side : {-kPi / 6, kPi / 6}) {
    cairo_move_to(cairo, x, y);
    cairo_line_to(cairo, x - length * std::cos(direction + side), y - length * std::sin(direction + side));
  }
}

void draw_arrow(Canvas& canvas, const NvOSD_ArrowParams& arrow) {
  const int x1 = clamped(arrow.x1), y1 = clamped(arrow.y1), x2 = clamped(arrow.x2), y2 = clamped(arrow.y2);
  const int width = std::max(clamped(arrow.arrow_width), 1);
  const int head = 6 + 3 * width;
  const double direction = std::atan2(y2 - y1, x2 - x1);
  draw_shape(canvas, around(x1, y1, x2, y2, head + width), arrow.arrow_color, [&](cairo_t* cairo) {
    cairo_set_line_width(cairo, width);
    cairo_move_to(cairo, x1, y1);
    cairo_line_to(cairo, x2, y2);
    if (arrow.arrow_head != END_HEAD) add_head(cairo, x1, y1, direction + kPi, head);
    if (arrow.arrow_head != START_HEAD) add_head(cairo, x2, y2, direction, head);
    cairo_stroke(cairo);
  });
}

void draw_circle(Canvas& canvas, const NvOSD_CircleParams& circle) {
  const int x = clamped(circle.xc), y = clamped(circle.yc), radius = clamped(circle.radius);
  const int width = std::max(clamped(circle.circle_width), 1);
  const Area bounds = around(x - radius, y - radius, x + radius, y + radius, width);
  const auto trace = [&](cairo_t* cairo) { cairo_arc(cairo, x, y, radius, 0, 2 * kPi); };
  if (circle.has_bg_color != 0)
    draw_shape(canvas, bounds, circle.bg_color, [&](cairo_t* cairo) { trace(cairo), cairo_fill(cairo); });
  draw_shape(canvas, bounds, circle.circle_color, [&](cairo_t* cairo) {
    cairo_set_line_width(cairo, width);
    trace(cairo);
    cairo_stroke(cairo);
  });
}

}  // namespace

// NVIDIA's order: boxes, texts, lines, arrows, circles.
void Painter::paint(Canvas& canvas, const NvDsBatchMeta& batch, const PaintOptions& options) {
  const auto box = [&](const NvOSD_RectParams& rect) { draw_box(canvas, rect); };
  const auto text = [&](const NvOSD_TextParams& params) { draw_text(canvas, params); };
  if (options.boxes) {
    each_object(batch, [&](const NvDsObjectMeta& object) { box(object.rect_params); });
    each_display(batch,
                 [&](const NvDsDisplayMeta& meta) { each_item(meta.rect_params, meta.num_rects, box); });
  }
  if (options.texts) {
    each_object(batch, [&](const NvDsObjectMeta& object) { text(object.text_params); });
    each_display(batch,
                 [&](const NvDsDisplayMeta& meta) { each_item(meta.text_params, meta.num_labels, text); });
  }
  text(options.clock);
  each_display(batch, [&](const NvDsDisplayMeta& meta) {
    each_item(meta.line_params, meta.num_lines, [&](const auto& line) { draw_line(canvas, line); });
    each_item(meta.arrow_params, meta.num_arrows, [&](const auto& arrow) { draw_arrow(canvas, arrow); });
    each_item(meta.circle_params, meta.num_circles, [&](const auto& circle) { draw_circle(canvas, circle); });
  });
}

void Painter::draw_text(Canvas& canvas, const NvOSD_TextParams& text) {
  if (text.display_text == nullptr || *text.display_text == '\0') return;
  const NvOSD_FontParams& font = text.font_params;
  const Mask& mask = texts_.get(text.display_text, font.font_name == nullptr ? "Serif" : font.font_name,
                                font.font_size == 0 ? kUsualPoints : font.font_size);
  const int left = clamped(text.x_offset), top = clamped(text.y_offset);
  if (text.set_bg_clr != 0)
    canvas.fill({left, top, left + mask.width(), top + mask.height()}, text.text_bg_clr);
  canvas.blend(mask, left, top, font.font_color);
}

}  // namespace weir::standin
