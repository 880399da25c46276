#include "infer/config.h"

#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>

#include "infer/config_file.h"
#include "warn_once.h"

namespace weir::standin {
namespace {

constexpr char kGroup[] = "property";

using Read = std::function<void(const ConfigFile&, const std::string& key, InferSettings&)>;
using ReadClass =
    std::function<void(const ConfigFile&, const std::string& group, const std::string& key, ClassSettings&)>;

int checked(const ConfigFile& f, const std::string& group, const std::string& key, int low, int high,
            const char* expected) {
  const int value = f.integer(group, key);
  if (value < low || value > high) f.fail(group, key, expected);
  return value;
}

Read ranged(int InferSettings::*field, int low, int high, const char* expected) {
  return [=](const ConfigFile& f, const std::string& key, InferSettings& s) {
    s.*field = checked(f, kGroup, key, low, high, expected);
  };
}

Read flag(bool InferSettings::*field) {
  return [=](const ConfigFile& f, const std::string& key, InferSettings& s) {
    if (f.flag(kGroup, key)) s.*field = true;
  };
}

Read path(std::string InferSettings::*field) {
  return
      [=](const ConfigFile& f, const std::string& key, InferSettings& s) { s.*field = f.path(kGroup, key); };
}

Read text(std::string InferSettings::*field) {
  return
      [=](const ConfigFile& f, const std::string& key, InferSettings& s) { s.*field = f.text(kGroup, key); };
}

void read_unique_id(const ConfigFile& f, const std::string& key, InferSettings& s) {
  s.unique_id = f.integer(kGroup, key);
  if (s.unique_id == 0) f.fail(kGroup, key, "a number other than 0");
}

void read_network_type(const ConfigFile& f, const std::string& key, InferSettings& s) {
  s.network_type = f.integer(kGroup, key);
  const std::set<int> known{0, 1, 2, 3, 100};
  if (!known.count(s.network_type)) f.fail(kGroup, key, "0, 1, 2, 3 or 100");
}

void read_infer_dims(const ConfigFile& f, const std::string& key, InferSettings& s) {
  const auto list = f.integers(kGroup, key);
  if (list.size() != 3) f.fail(kGroup, key, "three integers channels;height;width");
  std::copy(list.begin(), list.end(), s.infer_dims.begin());
}

void read_offsets(const ConfigFile& f, const std::string& key, InferSettings& s) {
  s.offsets = f.numbers(kGroup, key);
  if (s.offsets.size() > 4) f.fail(kGroup, key, "at most four numbers");
}

const std::map<std::string, Read>& property_keys() {
  static const std::map<std::string, Read> table{
      {"gie-unique-id", read_unique_id},
      {"process-mode", ranged(&InferSettings::process_mode, 1, 2, "1 (primary) or 2 (secondary)")},
      {"interval", ranged(&InferSettings::interval, 0, G_MAXINT, "0 or more")},
      {"batch-size", ranged(&InferSettings::batch_size, 1, 1024, "1 to 1024")},
      {"network-type", read_network_type},
      {"network-mode", ranged(&InferSettings::network_mode, 0, 3, "0, 1, 2 or 3")},
      {"onnx-file", path(&InferSettings::onnx_file)},
      {"labelfile-path", path(&InferSettings::label_file)},
      {"custom-lib-path", path(&InferSettings::custom_lib)},
      {"parse-bbox-func-name", text(&InferSettings::parse_function)},
      {"mean-file", path(&InferSettings::mean_file)},
      {"offsets", read_offsets},
      {"net-scale-factor", [](auto& f, auto& key, auto& s) { s.net_scale_factor = f.number(kGroup, key); }},
      {"model-color-format",
       [](auto& f, auto& key, auto& s) {
         s.color_format =
             static_cast<ColorFormat>(checked(f, kGroup, key, 0, 2, "0 (RGB), 1 (BGR) or 2 (GRAY)"));
       }},
      {"network-input-order",
       [](auto& f, auto& key, auto& s) {
         s.nhwc = checked(f, kGroup, key, 0, 1, "0 (NCHW) or 1 (NHWC)") == 1;
       }},
      {"maintain-aspect-ratio", flag(&InferSettings::maintain_aspect_ratio)},
      {"symmetric-padding", flag(&InferSettings::symmetric_padding)},
      {"crop-objects-to-roi-boundary", flag(&InferSettings::crop_to_roi)},
      {"infer-dims", read_infer_dims},
      {"num-detected-classes", ranged(&InferSettings::num_classes, 0, G_MAXINT, "0 or more")},
      {"cluster-mode",
       [](auto& f, auto& key, auto& s) {
         s.cluster_mode = static_cast<ClusterMode>(checked(f, kGroup, key, 0, 4, "0 to 4"));
       }},
      {"filter-out-class-ids",
       [](auto& f, auto& key, auto& s) { s.filter_out_classes = f.integers(kGroup, key); }},
  };
  return table;
}

// Keys that nvinfer has and that change nothing on a CPU: accepted in silence.
const std::set<std::string>& idle_keys() {
  static const std::set<std::string> keys{"gpu-id",
                                          "auto-inc-mem",
                                          "max-gpu-mem-per",
                                          "enable-dla",
                                          "use-dla-core",
                                          "model-engine-file",
                                          "int8-calib-file",
                                          "workspace-size",
                                          "output-blob-names",
                                          "force-implicit-batch-dim",
                                          "output-io-formats",
                                          "layer-device-precision",
                                          "scaling-filter",
                                          "scaling-compute-hw",
                                          "strongly-typed",
                                          "dynamic-properties",
                                          "warmup-engine",
                                          "model-file",
                                          "proto-file",
                                          "uff-file",
                                          "uff-input-order",
                                          "uff-input-blob-name",
                                          "tensor-meta-pool-size",
                                          "disable-output-host-copy"};
  return keys;
}

// Keys that nvinfer has and the stand-in does not implement yet: accepted, and warned of once.
const std::set<std::string>& missing_keys() {
  static const std::set<std::string> keys{"secondary-reinfer-interval",
                                          "output-tensor-meta",
                                          "dump-input-tensor",
                                          "dump-output-tensor",
                                          "overwrite-input-tensor",
                                          "overwrite-output-tensor",
                                          "ip-tensor-file",
                                          "op-tensor-files",
                                          "raw-output-file-write",
                                          "is-classifier",
                                          "input-tensor-from-meta",
                                          "parse-bbox-instance-mask-func-name",
                                          "parse-segmentation-func-name",
                                          "engine-create-func-name",
                                          "parse-classifier-func-name",
                                          "custom-network-config",
                                          "input-dims",
                                          "uff-input-dims",
                                          "tlt-encoded-model",
                                          "tlt-model-key",
                                          "enable-dbscan",
                                          "stabilize-buffer-count",
                                          "classifier-type",
                                          "classifier-threshold",
                                          "classifier-async-mode",
                                          "segmentation-threshold",
                                          "segmentation-output-order",
                                          "output-instance-mask",
                                          "input-object-min-width",
                                          "input-object-min-height",
                                          "input-object-max-width",
                                          "input-object-max-height",
                                          "operate-on-gie-id",
                                          "operate-on-class-ids"};
  return keys;
}

ReadClass real(double ClassSettings::*field, double high = G_MAXDOUBLE) {
  return [=](const ConfigFile& f, const std::string& group, const std::string& key, ClassSettings& c) {
    c.*field = f.number(group, key);
    if (!(c.*field >= 0 && c.*field <= high)) f.fail(group, key, high == 1 ? "0 to 1" : "0 or more");
  };
}

ReadClass whole(int ClassSettings::*field) {
  return [=](const ConfigFile& f, const std::string& group, const std::string& key, ClassSettings& c) {
    c.*field = checked(f, group, key, 0, G_MAXINT, "0 or more");
  };
}

ReadClass color(std::array<double, 4> ClassSettings::*field) {
  return [=](const ConfigFile& f, const std::string& group, const std::string& key, ClassSettings& c) {
    const auto list = f.numbers(group, key);
    if (list.size() != 4) f.fail(group, key, "four numbers red;green;blue;alpha");
    std::copy(list.begin(), list.end(), (c.*field).begin());
    if (field == &ClassSettings::bg_color) c.has_bg_color = true;
  };
}

const std::map<std::string, ReadClass>& class_keys() {
  static const std::map<std::string, ReadClass> table{
      {"pre-cluster-threshold", real(&ClassSettings::pre_cluster_threshold)},
      {"threshold", real(&ClassSettings::pre_cluster_threshold)},
      {"post-cluster-threshold", real(&ClassSettings::post_cluster_threshold)},
      {"eps", real(&ClassSettings::eps)},
      {"dbscan-min-score", real(&ClassSettings::dbscan_min_score)},
      {"nms-iou-threshold", real(&ClassSettings::nms_iou_threshold, 1)},
      {"group-threshold", whole(&ClassSettings::group_threshold)},
      {"minBoxes", whole(&ClassSettings::min_boxes)},
      {"topk", whole(&ClassSettings::topk)},
      {"roi-top-offset", whole(&ClassSettings::roi_top_offset)},
      {"roi-bottom-offset", whole(&ClassSettings::roi_bottom_offset)},
      {"detected-min-w", whole(&ClassSettings::detected_min_w)},
      {"detected-min-h", whole(&ClassSettings::detected_min_h)},
      {"detected-max-w", whole(&ClassSettings::detected_max_w)},
      {"detected-max-h", whole(&ClassSettings::detected_max_h)},
      {"border-color", color(&ClassSettings::border_color)},
      {"bg-color", color(&ClassSettings::bg_color)},
  };
  return table;
}

void unknown(const ConfigFile& f, const std::string& group, const std::string& key) {
  std::fprintf(stderr, "%s: unknown key '%s' in [%s]\n", f.file().c_str(), key.c_str(), group.c_str());
}

void read_properties(const ConfigFile& f, InferSettings& settings) {
  const auto keys = f.keys(kGroup);
  if (keys.empty()) throw std::runtime_error(f.file() + ": group [property] is missing");
  for (const auto& key : keys) {
    const auto entry = property_keys().find(key);
    if (entry != property_keys().end()) {
      entry->second(f, key, settings);
    } else if (missing_keys().count(key)) {
      warn_once("nvinfer: key " + key + " is accepted and has no effect");
    } else if (!idle_keys().count(key)) {
      unknown(f, kGroup, key);
    }
  }
}

void read_class_group(const ConfigFile& f, const std::string& group, ClassSettings& target) {
  for (const auto& key : f.keys(group)) {
    const auto entry = class_keys().find(key);
    if (entry == class_keys().end() || (f.yaml() && key == "threshold"))
      unknown(f, group, key);
    else
      entry->second(f, group, key, target);
  }
}

int class_number(const ConfigFile& f, const std::string& group, int classes) {
  const std::string number = group.substr(std::strlen("class-attrs-"));
  char* end = nullptr;
  const long value = std::strtol(number.c_str(), &end, 10);
  if (number.empty() || *end != '\0' || value < 0 || value >= classes)
    throw std::runtime_error(
        f.file() + ": group [" + group + "] names no class; expected class-attrs-0 to class-attrs-" +
        std::to_string(classes - 1) + " (num-detected-classes=" + std::to_string(classes) + ")");
  return static_cast<int>(value);
}

void read_classes(const ConfigFile& f, InferSettings& settings) {
  ClassSettings all;
  read_class_group(f, "class-attrs-all", all);
  settings.classes.assign(settings.num_classes, all);
  for (const auto& group : f.groups()) {
    if (!group.starts_with("class-attrs-") || group == "class-attrs-all") continue;
    read_class_group(f, group, settings.classes[class_number(f, group, settings.num_classes)]);
  }
}

}  // namespace

InferSettings read_infer_config(const std::string& file) {
  const ConfigFile f(file);
  InferSettings settings;
  read_properties(f, settings);
  if (settings.network_type == 0 || settings.network_type == 3) read_classes(f, settings);
  return settings;
}

}  // namespace weir::standin
