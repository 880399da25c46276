/* The stand-in's interface of custom output parsers: names and layout as in DeepStream 9.1, so that one
 * source compiles against either. */
#ifndef NVDSINFER_CUSTOM_IMPL_H
#define NVDSINFER_CUSTOM_IMPL_H

#include <string>
#include <type_traits>
#include <vector>

#include "nvdsinfer.h"

typedef struct NvDsInferParseDetectionParams {
  unsigned int numClassesConfigured;
  std::vector<float> perClassPreclusterThreshold;
  std::vector<float> perClassPostclusterThreshold;
  /* Older name of the post-cluster thresholds. */
  std::vector<float>& perClassThreshold;
} NvDsInferParseDetectionParams;

/* Every parser returns false when the tensors are not what it expects. Boxes are in network pixels. */
typedef bool (*NvDsInferParseCustomFunc)(const std::vector<NvDsInferLayerInfo>& outputLayersInfo,
                                         const NvDsInferNetworkInfo& networkInfo,
                                         const NvDsInferParseDetectionParams& detectionParams,
                                         std::vector<NvDsInferObjectDetectionInfo>& objectList);

/* mask is allocated with new[]. */
typedef bool (*NvDsInferInstanceMaskParseCustomFunc)(const std::vector<NvDsInferLayerInfo>& outputLayersInfo,
                                                     const NvDsInferNetworkInfo& networkInfo,
                                                     const NvDsInferParseDetectionParams& detectionParams,
                                                     std::vector<NvDsInferInstanceMaskInfo>& objectList);

/* attributeLabel is allocated with malloc, or NULL. The misspelt name is NVIDIA's. */
typedef bool (*NvDsInferClassiferParseCustomFunc)(const std::vector<NvDsInferLayerInfo>& outputLayersInfo,
                                                  const NvDsInferNetworkInfo& networkInfo,
                                                  float classifierThreshold,
                                                  std::vector<NvDsInferAttribute>& attrList,
                                                  std::string& descString);

/* To stand once behind a parser's definition: a signature that differs does not compile. */
#define CHECK_CUSTOM_PARSE_FUNC_PROTOTYPE(function) \
  static_assert(std::is_same_v<decltype(&function), NvDsInferParseCustomFunc>)
#define CHECK_CUSTOM_INSTANCE_MASK_PARSE_FUNC_PROTOTYPE(function) \
  static_assert(std::is_same_v<decltype(&function), NvDsInferInstanceMaskParseCustomFunc>)
#define CHECK_CUSTOM_CLASSIFIER_PARSE_FUNC_PROTOTYPE(function) \
  static_assert(std::is_same_v<decltype(&function), NvDsInferClassiferParseCustomFunc>)

#endif /* NVDSINFER_CUSTOM_IMPL_H */
