#include "infer/preprocess.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

namespace weir::standin {

Preprocessor::Preprocessor(const InferSettings& s, const NetworkShape& shape)
    : shape_(shape),
      format_(s.color_format),
      nhwc_(s.nhwc),
      keep_aspect_(s.maintain_aspect_ratio),
      symmetric_(s.symmetric_padding),
      scale_(s.net_scale_factor > 0 ? static_cast<float>(s.net_scale_factor) : 1.0f),
      offsets_(shape.channels, 0.0f),
      black_(shape.width) {
  const int expected = format_ == ColorFormat::kGray ? 1 : 3;
  if (shape.channels != expected)
    throw std::runtime_error("the network takes " + std::to_string(shape.channels) +
                             " channels; model-color-format " + std::to_string(static_cast<int>(format_)) +
                             " has " + std::to_string(expected));
  if (s.net_scale_factor <= 0) return;
  if (!s.mean_file.empty())
    load_mean(s.mean_file);
  else if (!s.offsets.empty())
    take_offsets(s.offsets);
}

void Preprocessor::take_offsets(const std::vector<double>& offsets) {
  if (offsets.size() != offsets_.size())
    throw std::runtime_error("offsets has " + std::to_string(offsets.size()) +
                             " values; expected one for each of " + std::to_string(offsets_.size()) +
                             " channels");
  std::copy(offsets.begin(), offsets.end(), offsets_.begin());
}

// PPM, binary or text, of exactly the network's size.
void Preprocessor::load_mean(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string magic;
  int width = 0, height = 0, maximum = 0;
  in >> magic >> width >> height >> maximum;
  in.get();
  if (!in || (magic != "P3" && magic != "P6") || width != shape_.width || height != shape_.height)
    throw std::runtime_error("mean-file " + file + ": expected a PPM of " + std::to_string(shape_.width) +
                             "x" + std::to_string(shape_.height));
  const int area = width * height;
  mean_image_.resize(static_cast<size_t>(area) * shape_.channels);
  for (int i = 0; i < area * 3; i++) {
    int value = magic == "P6" ? in.get() : 0;
    if (magic == "P3") in >> value;
    const int channel = format_ == ColorFormat::kBgr ? 2 - i % 3 : i % 3;
    if (channel < shape_.channels) mean_image_[static_cast<size_t>(channel) * area + i / 3] = value;
  }
  if (!in) throw std::runtime_error("mean-file " + file + " is shorter than its header says");
}

Fit Preprocessor::fit(const Rect& rectangle) const {
  Fit fit;
  fit.source.left = 2 * std::ceil(rectangle.left / 2);
  fit.source.top = 2 * std::ceil(rectangle.top / 2);
  fit.source.width = 2 * std::floor(rectangle.width / 2);
  fit.source.height = 2 * std::floor(rectangle.height / 2);
  fit.width = shape_.width;
  fit.height = shape_.height;
  if (keep_aspect_) {
    const int scaled = static_cast<int>(shape_.width * fit.source.height / fit.source.width);
    if (scaled <= shape_.height)
      fit.height = scaled;
    else
      fit.width = static_cast<int>(shape_.height * fit.source.width / fit.source.height);
    if (symmetric_) {
      fit.offset_left = (shape_.width - fit.width) / 2;
      fit.offset_top = (shape_.height - fit.height) / 2;
    }
  }
  fit.ratio_x = fit.width / fit.source.width;
  fit.ratio_y = fit.height / fit.source.height;
  return fit;
}

float Preprocessor::mean(int channel, int y, int x) const {
  if (mean_image_.empty()) return offsets_[channel];
  return mean_image_[(static_cast<size_t>(channel) * shape_.height + y) * shape_.width + x];
}

// Padding is black in the picture, so it enters the network normalised like any other pixel.
void Preprocessor::write_black(int y, int from, int to, float* tensor) const {
  const uint8_t* const channels[3] = {black_.data(), black_.data(), black_.data()};
  if (from < to) write_row(y, from, to - from, channels, tensor);
}

void Preprocessor::fill_padding(const Fit& f, float* tensor) const {
  for (int y = 0; y < shape_.height; y++) {
    const bool beside = y >= f.offset_top && y < f.offset_top + f.height;
    write_black(y, 0, beside ? f.offset_left : shape_.width, tensor);
    if (beside) write_black(y, f.offset_left + f.width, shape_.width, tensor);
  }
}

void Preprocessor::write_row(int y, int left, int count, const uint8_t* const channels[3],
                             float* tensor) const {
  for (int c = 0; c < shape_.channels; c++) {
    const uint8_t* in = channels[c];
    if (nhwc_ || !mean_image_.empty()) {
      for (int x = 0; x < count; x++) {
        const size_t column = left + x;
        const size_t plain = (static_cast<size_t>(c) * shape_.height + y) * shape_.width + column;
        const size_t interleaved = (static_cast<size_t>(y) * shape_.width + column) * shape_.channels + c;
        tensor[nhwc_ ? interleaved : plain] = scale_ * (in[x] - mean(c, y, static_cast<int>(column)));
      }
      continue;
    }
    float* out = tensor + (static_cast<size_t>(c) * shape_.height + y) * shape_.width + left;
    best_kernels().normalise(in, scale_, offsets_[c], count, out);
  }
}

Fit Preprocessor::fill(const Picture& picture, int canvas_width, int canvas_height,
                       std::vector<float>& tensor) const {
  const Fit f = fit({0, 0, static_cast<float>(canvas_width), static_cast<float>(canvas_height)});
  tensor.resize(static_cast<size_t>(shape_.channels) * shape_.height * shape_.width);
  fill_padding(f, tensor.data());
  thread_local RowSampler sampler;
  thread_local std::vector<uint8_t> rows;
  sampler.aim(picture, f.source, f.width, f.height);
  rows.resize(static_cast<size_t>(f.width) * 3);
  uint8_t* r = rows.data();
  uint8_t* g = r + f.width;
  uint8_t* b = g + f.width;
  for (int y = 0; y < f.height; y++) {
    sampler.row(y, r, g, b);
    if (format_ == ColorFormat::kGray)
      for (int x = 0; x < f.width; x++)
        g[x] = static_cast<uint8_t>((77 * r[x] + 150 * g[x] + 29 * b[x]) >> 8);
    const uint8_t* const rgb[3] = {r, g, b};
    const uint8_t* const bgr[3] = {b, g, r};
    const uint8_t* const gray[3] = {g, g, g};
    const auto* order = format_ == ColorFormat::kRgb ? rgb : format_ == ColorFormat::kBgr ? bgr : gray;
    write_row(f.offset_top + y, f.offset_left, f.width, order, tensor.data());
  }
  return f;
}

}  // namespace weir::standin
