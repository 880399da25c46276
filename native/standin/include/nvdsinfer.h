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
  NVDSINFER_SUCCESS = 0,
  NVDSINFER_CONFIG_FAILED = 1,
  NVDSINFER_CUSTOM_LIB_FAILED = 2,
  NVDSINFER_INVALID_PARAMS = 3,
  NVDSINFER_OUTPUT_PARSING_FAILED = 4,
  NVDSINFER_CUDA_ERROR = 5,
  NVDSINFER_TENSORRT_ERROR = 6,
  NVDSINFER_RESOURCE_ERROR = 7,
  NVDSINFER_TRITON_ERROR = 8,
  NVDSINFER_TRTIS_ERROR = 8,
  NVDSINFER_MEM_ERROR = 9,
  NVDSINFER_UNKNOWN_ERROR = 10,
} NvDsInferStatus;

typedef enum {
  FLOAT = 0,
  HALF = 1,
  INT8 = 2,
  INT32 = 3,
  INT64 = 4,
  UINT8 = 5,
} NvDsInferDataType;

typedef enum {
  NvDsInferNetworkMode_FP32 = 0,
  NvDsInferNetworkMode_INT8 = 1,
  NvDsInferNetworkMode_FP16 = 2,
  NvDsInferNetworkMode_BEST = 3,
} NvDsInferNetworkMode;

typedef enum {
  NvDsInferNetworkType_Detector = 0,
  NvDsInferNetworkType_Classifier = 1,
  NvDsInferNetworkType_Segmentation = 2,
  NvDsInferNetworkType_InstanceSegmentation = 3,
  NvDsInferNetworkType_Other = 100,
} NvDsInferNetworkType;

typedef enum {
  NvDsInferTensorOrder_kNCHW = 0,
  NvDsInferTensorOrder_kNHWC = 1,
  NvDsInferTensorOrder_kNC = 2,
  NvDsInferUffOrder_kNCHW = 0,
  NvDsInferUffOrder_kNHWC = 1,
  NvDsInferUffOrder_kNC = 2,
} NvDsInferTensorOrder;
typedef struct NvDsInferDims {
  unsigned int numDims;
  unsigned int d[8];
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
  const char *layerName;
  void *buffer;
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
  float *mask;
  unsigned int mask_width;
  unsigned int mask_height;
  unsigned int mask_size;
} NvDsInferInstanceMaskInfo;

typedef struct NvDsInferAttribute {
  unsigned int attributeIndex;
  unsigned int attributeValue;
  float attributeConfidence;
  char *attributeLabel;
} NvDsInferAttribute;

#ifdef __cplusplus
}
#endif

#endif /* NVDSINFER_H */
