#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "nvdsinfer_custom_impl.h"

extern "C" bool NvDsInferParseCustomNanoDet(std::vector<NvDsInferLayerInfo> const&,
                                            NvDsInferNetworkInfo const&, NvDsInferParseDetectionParams const&,
                                            std::vector<NvDsInferObjectDetectionInfo>&);

namespace {

constexpr unsigned kCells = 3;
constexpr unsigned kClasses = 4;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class NanoDetParser : public testing::Test {
 protected:
  NanoDetParser() {
    layers_ = {Layer("scores", scores_.data(), {kCells, kClasses}),
               Layer("boxes", boxes_.data(), {kCells, 4})};
    for (unsigned cell = 0; cell < kCells; ++cell) SetBox(cell, {10, 20, 30, 60});
  }

  static NvDsInferLayerInfo Layer(const char* name, float* values, std::vector<unsigned> dims) {
    NvDsInferLayerInfo layer{};
    layer.dataType = FLOAT;
    layer.layerName = name;
    layer.buffer = values;
    layer.inferDims.numDims = static_cast<unsigned>(dims.size());
    layer.inferDims.numElements = 1;
    for (size_t i = 0; i < dims.size(); ++i) {
      layer.inferDims.d[i] = dims[i];
      layer.inferDims.numElements *= dims[i];
    }
    return layer;
  }

  float& Score(unsigned cell, unsigned class_id) { return scores_[cell * kClasses + class_id]; }

  void SetBox(unsigned cell, std::array<float, 4> box) {
    std::copy(box.begin(), box.end(), boxes_.begin() + cell * 4);
  }

  // Nothing when the parser reports failure.
  std::optional<std::vector<NvDsInferObjectDetectionInfo>> Parse() {
    NvDsInferParseDetectionParams params{configured_, thresholds_, thresholds_, thresholds_};
    std::vector<NvDsInferObjectDetectionInfo> objects;
    if (!NvDsInferParseCustomNanoDet(layers_, {320, 256, 3}, params, objects)) return std::nullopt;
    return objects;
  }

  std::vector<NvDsInferObjectDetectionInfo> Objects() { return Parse().value(); }

  std::array<float, kCells * kClasses> scores_{};
  std::array<float, kCells * 4> boxes_{};
  std::vector<NvDsInferLayerInfo> layers_;
  std::vector<float> thresholds_ = std::vector<float>(kClasses, 0.35f);
  unsigned configured_ = kClasses;
};

TEST_F(NanoDetParser, ReportsACellInNetworkPixels) {
  Score(1, 2) = 0.5f;
  SetBox(1, {12.5f, 24, 100, 200.25f});
  const auto objects = Objects();
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].classId, 2u);
  EXPECT_FLOAT_EQ(objects[0].detectionConfidence, 0.5f);
  EXPECT_FLOAT_EQ(objects[0].left, 12.5f);
  EXPECT_FLOAT_EQ(objects[0].top, 24.0f);
  EXPECT_FLOAT_EQ(objects[0].width, 87.5f);
  EXPECT_FLOAT_EQ(objects[0].height, 176.25f);
  EXPECT_EQ(objects[0].rotation_angle, 0.0f);
}

TEST_F(NanoDetParser, KeepsWhatReachesItsClassThreshold) {
  thresholds_ = {0.3f, 0.6f, 0.3f, 0.3f};
  Score(0, 1) = 0.59f;
  Score(1, 1) = 0.6f;
  Score(2, 0) = 0.29f;
  const auto objects = Objects();
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_FLOAT_EQ(objects[0].detectionConfidence, 0.6f);
}

TEST_F(NanoDetParser, ReportsOnlyTheBestClassOfACell) {
  Score(0, 1) = 0.7f;
  Score(0, 3) = 0.8f;
  const auto objects = Objects();
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].classId, 3u);
}

TEST_F(NanoDetParser, TakesTheSecondBestClassWhereTheBestIsBelowItsThreshold) {
  thresholds_[3] = 0.9f;
  Score(0, 1) = 0.7f;
  Score(0, 3) = 0.8f;
  const auto objects = Objects();
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].classId, 1u);
}

TEST_F(NanoDetParser, KeepsNeighbouringCellsForTheClusteringToMerge) {
  Score(0, 0) = 0.5f;
  Score(1, 0) = 0.6f;
  EXPECT_EQ(Objects().size(), 2u);
}

TEST_F(NanoDetParser, CutsBoxesAtTheBorderOfTheNetwork) {
  Score(0, 0) = 0.5f;
  SetBox(0, {-8, -4, 400, 300});
  const auto objects = Objects();
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].left, 0.0f);
  EXPECT_EQ(objects[0].top, 0.0f);
  EXPECT_EQ(objects[0].width, 320.0f);
  EXPECT_EQ(objects[0].height, 256.0f);
}

TEST_F(NanoDetParser, DropsEmptyBoxes) {
  for (unsigned cell = 0; cell < kCells; ++cell) Score(cell, 0) = 0.5f;
  SetBox(0, {30, 20, 30, 60});
  SetBox(1, {10, 60, 30, 20});
  SetBox(2, {400, 20, 500, 60});
  EXPECT_TRUE(Objects().empty());
}

TEST_F(NanoDetParser, SkipsNumbersThatAreNone) {
  Score(0, 0) = kNan;
  Score(0, 1) = 0.5f;
  Score(1, 0) = 0.5f;
  SetBox(1, {10, kNan, 30, 60});
  Score(2, 0) = 0.5f;
  SetBox(2, {10, 20, std::numeric_limits<float>::infinity(), 60});
  const auto objects = Objects();
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].classId, 1u);
}

TEST_F(NanoDetParser, ReadsNoMoreClassesThanAreConfigured) {
  Score(0, 3) = 0.9f;
  configured_ = 3;
  EXPECT_TRUE(Objects().empty());
  configured_ = 100;
  EXPECT_EQ(Objects().size(), 1u);
  thresholds_.resize(2);
  EXPECT_TRUE(Objects().empty());
}

TEST_F(NanoDetParser, AcceptsLayersInAnyOrder) {
  Score(0, 0) = 0.5f;
  std::swap(layers_[0], layers_[1]);
  EXPECT_EQ(Objects().size(), 1u);
}

TEST_F(NanoDetParser, RefusesLayersOfAnotherModel) {
  using Change = void (*)(std::vector<NvDsInferLayerInfo>&);
  const Change changes[] = {
      [](auto& layers) { layers.clear(); },
      [](auto& layers) { layers.pop_back(); },
      [](auto& layers) { layers[0].layerName = nullptr; },
      [](auto& layers) { layers[0].layerName = "score"; },
      [](auto& layers) { layers[0].buffer = nullptr; },
      [](auto& layers) { layers[1].dataType = HALF; },
      [](auto& layers) { layers[1].inferDims.numDims = 3; },
      [](auto& layers) { layers[1].inferDims.d[1] = 5; },
      [](auto& layers) { layers[1].inferDims.d[0] = kCells - 1; },
  };
  const auto good = layers_;
  for (size_t i = 0; i < std::size(changes); ++i) {
    layers_ = good;
    changes[i](layers_);
    EXPECT_FALSE(Parse().has_value()) << "change " << i;
  }
}

}  // namespace
