// Picture to network input: nvinfer's geometry and normalisation.
#pragma once

#include <vector>

#include "infer/config.h"
#include "surface/sampler.h"

namespace weir::standin {

struct NetworkShape {
  int channels = 0;
  int height = 0;
  int width = 0;
};

// How a rectangle of the canvas came to lie in the network's input; undoes it for boxes.
struct Fit {
  Rect source;  // canvas pixels, rounded to even as nvinfer does
  int offset_left = 0;
  int offset_top = 0;
  int width = 0;
  int height = 0;
  float ratio_x = 1;
  float ratio_y = 1;
};

class Preprocessor {
 public:
  // Throws std::runtime_error when offsets, mean file or shape do not go together.
  Preprocessor(const InferSettings& settings, const NetworkShape& shape);

  // Fills `tensor` (channels × height × width floats, or NHWC) with the whole canvas. Allocates nothing when
  // the thread's last picture lay on its canvas as this one does and `tensor` has its size.
  Fit fill(const Picture& picture, int canvas_width, int canvas_height, std::vector<float>& tensor) const;

 private:
  Fit fit(const Rect& rectangle) const;
  void take_offsets(const std::vector<double>& offsets);
  void load_mean(const std::string& file);
  void write_row(int y, int left, int count, const uint8_t* const channels[3], float* tensor) const;
  void write_black(int y, int from, int to, float* tensor) const;
  void fill_padding(const Fit& fit, float* tensor) const;
  float mean(int channel, int y, int x) const;

  NetworkShape shape_;
  ColorFormat format_;
  bool nhwc_;
  bool keep_aspect_;
  bool symmetric_;
  float scale_;
  std::vector<float> offsets_;     // per network channel
  std::vector<float> mean_image_;  // network layout CHW; empty where offsets are used
  std::vector<uint8_t> black_;     // a row of the network's picture
};

}  // namespace weir::standin
