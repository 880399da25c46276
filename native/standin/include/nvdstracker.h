/* The stand-in's interface of low-level trackers: names and layout as in DeepStream 9.1, so that one source
 * compiles against either. */
#ifndef NVDSTRACKER_H
#define NVDSTRACKER_H

#include <stdbool.h>
#include <stdint.h>
#include <string>
#include "nvbufsurface.h"
#include "nvds_tracker_meta.h"

typedef enum {
  NvMOTStatus_OK = 0,
  NvMOTStatus_Error = 1,
  NvMOTStatus_Invalid_Path = 2,
} NvMOTStatus;

typedef enum {
  NvMOTConfigStatus_OK = 0,
  NvMOTConfigStatus_Error = 1,
  NvMOTConfigStatus_Invalid = 2,
  NvMOTConfigStatus_Unsupported = 3,
} NvMOTConfigStatus;

typedef enum {
  NvMOTBatchMode_Error = 0,
  NvMOTBatchMode_Batch = 1,
  NvMOTBatchMode_NonBatch = 2,
  NvMOTBatchMode_MaxValue = 3,
} NvMOTBatchMode;

#define NVMOT_MAX_TRANSFORMS 1
#define NVMOTCOMP_GPU 0x01
#define NVMOTCOMP_CPU 0x02
#define NVMOTCOMP_PVA 0x04
#define NVMOTCOMP_ANY 0xff

typedef uint64_t NvMOTStreamId;
typedef uint32_t NvMOTFrameNum;
typedef uint16_t NvMOTClassId;
typedef uint8_t NvMOTCompute;
/* The names of the two time types' contents are unconfirmed; both are 8 bytes. */
typedef uint64_t NvMOTTimeStamp;
typedef uint64_t TimeStamp;
typedef struct NvMOTContext *NvMOTContextHandle;

typedef struct _NvMOTRect {
  float x;
  float y;
  float width;
  float height;
} NvMOTRect;

typedef struct _NvMOTConfigResponse {
  NvMOTConfigStatus summaryStatus;
  NvMOTConfigStatus computeStatus;
  NvMOTConfigStatus transformBatchStatus;
  NvMOTConfigStatus miscConfigStatus;
  NvMOTConfigStatus customConfigStatus;
} NvMOTConfigResponse;

typedef struct _NvMOTMiscConfig {
  uint32_t gpuId;
} NvMOTMiscConfig;

typedef struct _NvMOTPerTransformBatchConfig {
  NvBufSurfaceMemType bufferType;
  uint32_t maxWidth;
  uint32_t maxHeight;
  uint32_t maxPitch;
  uint32_t maxSize;
} NvMOTPerTransformBatchConfig;

typedef struct _NvMOTConfig {
  NvMOTCompute computeConfig;
  uint32_t maxStreams;
  uint32_t maxBufSurfAddrSize;
  uint8_t numTransforms;
  NvMOTPerTransformBatchConfig *perTransformBatchConfig;
  NvMOTMiscConfig miscConfig;
  uint16_t customConfigFilePathSize;
  char *customConfigFilePath;
} NvMOTConfig;

typedef struct _NvMOTQuery {
  NvMOTCompute computeConfig;
  uint8_t numTransforms;
  NvBufSurfaceColorFormat colorFormats[1];
  NvBufSurfaceMemType memType;
  uint32_t maxTargetsPerStream;
  uint32_t maxShadowTrackingAge;
  bool outputReidTensor;
  uint32_t reidFeatureSize;
  bool outputTrajectory;
  bool outputVisibility;
  bool outputFootLocation;
  bool outputConvexHull;
  uint32_t maxConvexHullSize;
  bool supportPastFrame;
  NvMOTBatchMode batchMode;
  bool outputTerminatedTracks;
  uint32_t maxTrajectoryBufferLength;
  bool outputShadowTracks;
  NvMOTContextHandle contextHandle;
} NvMOTQuery;

typedef struct _NvMOTMask {
  float *data;
  uint32_t width;
  uint32_t height;
  uint32_t allocatedSize;
} NvMOTMask;

typedef struct _NvMOTTimeMeta {
  NvMOTFrameNum frameNum;
  NvMOTTimeStamp frameTimeStamp;
  TimeStamp localTimestamp;
  bool frameTimeValid;
} NvMOTTimeMeta;

typedef struct _NvMOTObjToTrack {
  NvMOTClassId classId;
  NvMOTRect bbox;
  float confidence;
  bool doTracking;
  void *pPreservedData;
} NvMOTObjToTrack;

typedef struct _NvMOTObjToTrackList {
  bool detectionDone;
  NvMOTObjToTrack *list;
  uint32_t numAllocated;
  uint32_t numFilled;
} NvMOTObjToTrackList;

typedef struct _NvMOTFrame {
  NvMOTStreamId streamID;
  uint32_t seq_index;
  NvMOTFrameNum frameNum;
  NvMOTTimeMeta timeMeta;
  uint32_t srcFrameWidth;
  uint32_t srcFrameHeight;
  bool doTracking;
  bool reset;
  uint8_t numBuffers;
  NvBufSurfaceParams **bufferList;
  NvMOTObjToTrackList objectsIn;
  const char *sensorName;
} NvMOTFrame;

typedef struct _NvMOTProcessParams {
  uint32_t numFrames;
  NvMOTFrame *frameList;
} NvMOTProcessParams;

typedef struct _NvMOTTrackedObj {
  NvMOTClassId classId;
  uint64_t trackingId;
  NvMOTRect bbox;
  float confidence;
  uint32_t age;
  NvMOTObjToTrack *associatedObjectIn;
  NvDsObjReid reid;
  float visibility;
  float ptImgFeet[2];
  float ptWorldFeet[2];
  NvDsObjConvexHull convexHull;
  NvMOTMask mask;
  NvDsObj3DBbox bbox3DWorld;
  float bbox3DImg[8][2];
  uint8_t reserved[128];
} NvMOTTrackedObj;

typedef struct _NvMOTTrackedObjList {
  NvMOTStreamId streamID;
  NvMOTFrameNum frameNum;
  bool valid;
  NvMOTTrackedObj *list;
  uint32_t numAllocated;
  uint32_t numFilled;
} NvMOTTrackedObjList;

typedef struct _NvMOTTrackedObjBatch {
  NvMOTTrackedObjList *list;
  uint32_t numAllocated;
  uint32_t numFilled;
  NvDsReidTensorBatch *pReidTensorBatch;
} NvMOTTrackedObjBatch;

typedef struct _NvMOTTrackerMiscData {
  NvDsTargetMiscDataBatch *pPastFrameObjBatch;
  NvDsTargetMiscDataBatch *pTerminatedTrackBatch;
  NvDsTargetMiscDataBatch *pShadowTrackBatch;
} NvMOTTrackerMiscData;

#ifdef __cplusplus
extern "C" {
#endif

NvMOTStatus NvMOT_Init(NvMOTConfig *pConfigIn, NvMOTContextHandle *pContextHandle,
                       NvMOTConfigResponse *pConfigResponse);
void NvMOT_DeInit(NvMOTContextHandle contextHandle);
NvMOTStatus NvMOT_Process(NvMOTContextHandle contextHandle, NvMOTProcessParams *pParams,
                          NvMOTTrackedObjBatch *pTrackedObjectsBatch);
NvMOTStatus NvMOT_RetrieveMiscData(NvMOTContextHandle contextHandle, NvMOTProcessParams *pParams,
                                   NvMOTTrackerMiscData *pTrackerMiscData);
NvMOTStatus NvMOT_Query(uint16_t customConfigFilePathSize, char *pCustomConfigFilePath, NvMOTQuery *pQuery);
NvMOTStatus NvMOT_RemoveStreams(NvMOTContextHandle contextHandle, NvMOTStreamId streamIdMask);
NvMOTStatus NvMOT_UpdateParams(NvMOTContextHandle contextHandle, const std::string &configStr);

#ifdef __cplusplus
}
#endif

#endif /* NVDSTRACKER_H */
