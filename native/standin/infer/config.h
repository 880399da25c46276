// nvinfer's settings as its configuration file gives them. Defaults and rules are those of DeepStream 9.1.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace weir::standin {

struct ClassSettings {
  double pre_cluster_threshold = 0.2;
  double post_cluster_threshold = 0;
  double eps = 0;
  double dbscan_min_score = 0;
  double nms_iou_threshold = 0.3;
  int min_boxes = 0;
  int group_threshold = 0;
  int topk = -1;
  int roi_top_offset = 0;
  int roi_bottom_offset = 0;
  int detected_min_w = 0;
  int detected_min_h = 0;
  int detected_max_w = 0;
  int detected_max_h = 0;
  std::array<double, 4> border_color{1, 0, 0, 1};
  std::array<double, 4> bg_color{};
  bool has_bg_color = false;
};

enum class ColorFormat { kRgb = 0, kBgr = 1, kGray = 2 };
enum class ClusterMode { kGroup = 0, kDbscan = 1, kNms = 2, kHybrid = 3, kNone = 4 };

struct InferSettings {
  int unique_id = 15;
  int process_mode = 1;
  int interval = 0;
  int batch_size = 1;
  int network_type = 0;
  int network_mode = 0;
  std::string onnx_file;
  std::string label_file;
  std::string custom_lib;
  std::string parse_function;
  std::string mean_file;
  std::vector<double> offsets;
  double net_scale_factor = 1;
  ColorFormat color_format = ColorFormat::kRgb;
  bool nhwc = false;
  bool maintain_aspect_ratio = false;
  bool symmetric_padding = false;
  bool crop_to_roi = false;
  std::array<int, 3> infer_dims{};  // c, h, w; zeros: as the model says
  int num_classes = 0;
  ClusterMode cluster_mode = ClusterMode::kGroup;
  std::vector<int> filter_out_classes;
  std::vector<ClassSettings> classes;  // one per class
};

// Reads a text or (suffix .yml, .yaml) YAML file. Unknown keys are printed on stderr, as nvinfer does.
// Throws std::runtime_error with file, group, key and what was expected.
InferSettings read_infer_config(const std::string& file);

}  // namespace weir::standin
