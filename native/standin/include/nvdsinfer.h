/* The stand-in's tensor descriptions: names and layout as in DeepStream 9.1, so that one source compiles
 * against either. */
#ifndef NVDSINFER_H
#define NVDSINFER_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NVDSINFER_MAX_DIMS 8

typedef enum {
  NVDSINFER_SUCCESS,
  NVDSINFER_CONFIG_FAILED,
  NVDSINFER_CUSTOM_LIB_FAILED,
  NVDSINFER_INVALID_PARAMS,
  NVDSINFER_OUTPUT_PARSING_FAILED,
  NVDSINFER_CUDA_ERROR,
  NVDSINFER_TENSORRT_ERROR,
  NVDSINFER_RESOURCE_ERROR,
  NVDSINFER_TRITON_ERROR,
  NVDSINFER_TRTIS_ERROR = NVDSINFER_TRITON_ERROR,
  NVDSINFER_MEM_ERROR,
  NVDSINFER_UNKNOWN_ERROR,
} NvDsInferStatus;

typedef enum {
  FLOAT,
  HALF,
  INT8,
  INT32,
  INT64,
  UINT8,
} NvDsInferDataType;

typedef enum {
  NvDsInferNetworkMode_FP32,
  NvDsInferNetworkMode_INT8,
  NvDsInferNetworkMode_FP16,
  NvDsInferNetworkMode_BEST,
} NvDsInferNetworkMode;

typedef enum {
  NvDsInferNetworkType_Detector,
  NvDsInferNetworkType_Classifier,
  NvDsInferNetworkType_Segmentation,
  NvDsInferNetworkType_InstanceSegmentation,
  NvDsInferNetworkType_Other = 100,
} NvDsInferNetworkType;

typedef enum {
  NvDsInferTensorOrder_kNCHW,
  NvDsInferTensorOrder_kNHWC,
  NvDsInferTensorOrder_kNC,
  NvDsInferUffOrder_kNCHW = NvDsInferTensorOrder_kNCHW,
  NvDsInferUffOrder_kNHWC = NvDsInferTensorOrder_kNHWC,
  NvDsInferUffOrder_kNC = NvDsInferTensorOrder_kNC,
} NvDsInferTensorOrder;

typedef struct NvDsInferDims {
  unsigned int numDims;
  unsigned int d[NVDSINFER_MAX_DIMS];
  unsigned int numElements;
} NvDsInferDims;

typedef struct NvDsInferDimsCHW {
  unsigned int c;
  unsigned int h;
  unsigned int w;
} NvDsInferDimsCHW;

typedef struct NvDsInferLayerInfo {
  NvDsInferDataType dataType;
  union {
    NvDsInferDims inferDims;
    NvDsInferDims dims;
  };
  int bindingIndex;
  const char* layerName;
  void* buffer;
  int isInput;
} NvDsInferLayerInfo;

typedef struct NvDsInferNetworkInfo {
  unsigned int width;
  unsigned int height;
  unsigned int channels;
} NvDsInferNetworkInfo;

typedef struct NvDsInferObjectDetectionInfo {
  unsigned int classId;
  float left;
  float top;
  float width;
  float height;
  float detectionConfidence;
  float rotation_angle;
} NvDsInferObjectDetectionInfo;

typedef struct NvDsInferInstanceMaskInfo {
  unsigned int classId;
  float left;
  float top;
  float width;
  float height;
  float detectionConfidence;
  float* mask;
  unsigned int mask_width;
  unsigned int mask_height;
  unsigned int mask_size;
} NvDsInferInstanceMaskInfo;

typedef struct NvDsInferAttribute {
  unsigned int attributeIndex;
  unsigned int attributeValue;
  float attributeConfidence;
  char* attributeLabel;
} NvDsInferAttribute;

#ifdef __cplusplus
}
#endif

#endif /* NVDSINFER_H */
