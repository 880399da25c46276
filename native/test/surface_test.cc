#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "surface/sampler.h"

using namespace weir::standin;

namespace {

// A picture of noise: every sample matters, and neighbours differ as much as they can.
std::unique_ptr<Picture> noise(GstVideoFormat format, int width, int height, const Placement& placement) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, format, width, height);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_WRITE);
  std::minstd_rand random(width * 1000 + height);
  for (gsize i = 0; i < map.size; i++) map.data[i] = static_cast<uint8_t>(random() >> 8);
  gst_buffer_unmap(buffer, &map);
  auto picture = std::make_unique<Picture>(buffer, info, placement);
  gst_buffer_unref(buffer);
  return picture;
}

using Rgb = std::array<double, 3>;

// What the sampler shall read, one pixel at a time and in double precision.
class Plainly {
 public:
  Plainly(const Picture& picture, const Rect& region, int width, int height)
      : picture_(picture), region_(region), width_(width), height_(height) {}

  Rgb at(int column, int row) const {
    const Placement& p = picture_.placement();
    const double x = region_.left + (column + .5) * region_.width / width_ - p.left;
    const double y = region_.top + (row + .5) * region_.height / height_ - p.top;
    if (x < 0 || y < 0 || x >= p.width || y >= p.height) return {0, 0, 0};
    const double u = x / p.width, v = y / p.height;
    const double luma = (sample(0, u, v) - 16) * 255 / 219;
    const double cb = (sample(1, u, v) - 128) * 255 / 224, cr = (sample(2, u, v) - 128) * 255 / 224;
    const Rgb rgb{luma + 1.402 * cr, luma - 0.344136 * cb - 0.714136 * cr, luma + 1.772 * cb};
    return {std::clamp(rgb[0], 0., 255.), std::clamp(rgb[1], 0., 255.), std::clamp(rgb[2], 0., 255.)};
  }

 private:
  double sample(int component, double u, double v) const {
    const GstVideoFrame& f = picture_.frame();
    const int width = component == 0 ? picture_.width() : (picture_.width() + 1) / 2;
    const int height = component == 0 ? picture_.height() : (picture_.height() + 1) / 2;
    // Chroma of an odd size covers half a sample more than the picture.
    const double across = component == 0 ? 1 : picture_.width() / (2. * width);
    const double down = component == 0 ? 1 : picture_.height() / (2. * height);
    const double x = std::clamp(u * across * width - .5, 0., width - 1.);
    const double y = std::clamp(v * down * height - .5, 0., height - 1.);
    const int x0 = static_cast<int>(x), y0 = static_cast<int>(y);
    const int x1 = std::min(x0 + 1, width - 1), y1 = std::min(y0 + 1, height - 1);
    auto read = [&](int column, int row) {
      const auto* data = static_cast<const uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&f, component));
      const int step = GST_VIDEO_FRAME_COMP_PSTRIDE(&f, component);
      return static_cast<double>(data[row * GST_VIDEO_FRAME_COMP_STRIDE(&f, component) + column * step]);
    };
    const double above = read(x0, y0) * (1 - (x - x0)) + read(x1, y0) * (x - x0);
    const double below = read(x0, y1) * (1 - (x - x0)) + read(x1, y1) * (x - x0);
    return above * (1 - (y - y0)) + below * (y - y0);
  }

  const Picture& picture_;
  Rect region_;
  int width_;
  int height_;
};

struct Rows {
  std::vector<uint8_t> r, g, b;
};

Rows read(RowSampler& sampler, const Picture& picture, const Rect& region, int width, int height) {
  const size_t area = static_cast<size_t>(width) * height;
  Rows rows{std::vector<uint8_t>(area), std::vector<uint8_t>(area), std::vector<uint8_t>(area)};
  sampler.aim(picture, region, width, height);
  for (int y = 0; y < height; y++) {
    const size_t at = static_cast<size_t>(y) * width;
    sampler.row(y, rows.r.data() + at, rows.g.data() + at, rows.b.data() + at);
  }
  return rows;
}

struct Case {
  const char* name;
  GstVideoFormat format;
  int width, height;  // of the picture
  Placement placement;
  Rect region;
  int out_width, out_height;
};

const Case kCases[] = {
    {"halved", GST_VIDEO_FORMAT_I420, 640, 360, {0, 0, 640, 360}, {0, 0, 640, 360}, 320, 180},
    {"nv12", GST_VIDEO_FORMAT_NV12, 640, 360, {0, 0, 640, 360}, {0, 0, 640, 360}, 320, 180},
    {"enlarged", GST_VIDEO_FORMAT_I420, 64, 48, {0, 0, 64, 48}, {0, 0, 64, 48}, 301, 97},
    {"cropped", GST_VIDEO_FORMAT_NV12, 320, 240, {0, 0, 640, 480}, {101, 33, 250, 222}, 133, 71},
    {"letterboxed", GST_VIDEO_FORMAT_I420, 176, 144, {107, 0, 426, 360}, {0, 0, 640, 360}, 320, 180},
    {"odd", GST_VIDEO_FORMAT_I420, 35, 27, {0, 0, 35, 27}, {0, 0, 35, 27}, 50, 40},
    {"one pixel", GST_VIDEO_FORMAT_I420, 1, 1, {0, 0, 64, 64}, {0, 0, 64, 64}, 65, 3},
};

class Sampling : public testing::TestWithParam<Case> {};

// Weights of 1/256 in two directions are 2 levels of noise, and colour takes up to twice of that.
TEST_P(Sampling, ReadsWhatThePlainComputationReads) {
  const Case& c = GetParam();
  const auto picture = noise(c.format, c.width, c.height, c.placement);
  const Plainly plainly(*picture, c.region, c.out_width, c.out_height);
  for (const RowKernels* kernels : {&portable_kernels(), &best_kernels()}) {
    RowSampler sampler(*kernels);
    const Rows rows = read(sampler, *picture, c.region, c.out_width, c.out_height);
    double sum = 0;
    for (int y = 0; y < c.out_height; y++)
      for (int x = 0; x < c.out_width; x++) {
        const Rgb expected = plainly.at(x, y);
        const size_t at = static_cast<size_t>(y) * c.out_width + x;
        const double off = std::max({std::abs(rows.r[at] - expected[0]), std::abs(rows.g[at] - expected[1]),
                                     std::abs(rows.b[at] - expected[2])});
        ASSERT_LE(off, 4) << kernels->name << " at " << x << "," << y;
        sum += off;
      }
    EXPECT_LT(sum / (c.out_width * c.out_height), 1) << kernels->name;
  }
}

TEST_P(Sampling, EveryInstructionSetReadsTheSameBits) {
  const Case& c = GetParam();
  const auto picture = noise(c.format, c.width, c.height, c.placement);
  RowSampler portable(portable_kernels()), best(best_kernels());
  const Rows a = read(portable, *picture, c.region, c.out_width, c.out_height);
  const Rows b = read(best, *picture, c.region, c.out_width, c.out_height);
  EXPECT_EQ(a.r, b.r);
  EXPECT_EQ(a.g, b.g);
  EXPECT_EQ(a.b, b.b);
}

INSTANTIATE_TEST_SUITE_P(Geometries, Sampling, testing::ValuesIn(kCases), [](const auto& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
});

// One sampler reads the pictures of many cameras in turn.
TEST(RowSampler, AimsAnewWhenThePictureLiesOtherwise) {
  const auto wide = noise(GST_VIDEO_FORMAT_I420, 64, 36, {0, 0, 64, 36});
  const auto boxed = noise(GST_VIDEO_FORMAT_NV12, 48, 36, {8, 0, 48, 36});
  RowSampler shared;
  for (const Picture* picture : {wide.get(), boxed.get(), wide.get()}) {
    RowSampler fresh;
    EXPECT_EQ(read(shared, *picture, {0, 0, 64, 36}, 40, 30).g,
              read(fresh, *picture, {0, 0, 64, 36}, 40, 30).g);
  }
}

TEST(RowKernels, NormaliseTheSameBits) {
  std::vector<uint8_t> in(259);
  for (size_t i = 0; i < in.size(); i++) in[i] = static_cast<uint8_t>(i);
  std::vector<float> a(in.size()), b(in.size());
  portable_kernels().normalise(in.data(), 0.0078431f, 103.53f, static_cast<int>(in.size()), a.data());
  best_kernels().normalise(in.data(), 0.0078431f, 103.53f, static_cast<int>(in.size()), b.data());
  EXPECT_EQ(a, b);
  EXPECT_FLOAT_EQ(a[200], 0.0078431f * (200 - 103.53f));
}

}  // namespace
