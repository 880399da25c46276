/* The stand-in's interface of custom output parsers: names and layout as in DeepStream 9.1, so that one
 * source compiles against either. */
#ifndef NVDSINFER_CUSTOM_IMPL_H
#define NVDSINFER_CUSTOM_IMPL_H

#include <string>
#include <vector>
#include "nvdsinfer.h"

typedef struct NvDsInferParseDetectionParams {
  unsigned int numClassesConfigured;
  std::vector<float> perClassPreclusterThreshold;
  std::vector<float> perClassPostclusterThreshold;
  std::vector<float>& perClassThreshold;
} NvDsInferParseDetectionParams;

#endif /* NVDSINFER_CUSTOM_IMPL_H */
