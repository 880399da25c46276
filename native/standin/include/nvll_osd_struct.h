/* The stand-in's drawing parameters: names and layout as in DeepStream 9.1, so that one source compiles
 * against either. */
#ifndef NVLL_OSD_STRUCT_H
#define NVLL_OSD_STRUCT_H

#include "nvbufsurface.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  MODE_CPU,
  MODE_GPU,
  MODE_NONE,
} NvOSD_Mode;

typedef enum {
  START_HEAD,
  END_HEAD,
  BOTH_HEAD,
} NvOSD_Arrow_Head_Direction;

typedef struct _NvOSD_ColorParams {
  double red;
  double green;
  double blue;
  double alpha;
} NvOSD_ColorParams;

typedef struct _NvOSD_FontParams {
  char* font_name;
  unsigned int font_size;
  NvOSD_ColorParams font_color;
} NvOSD_FontParams;

typedef struct _NvOSD_TextParams {
  char* display_text;
  unsigned int x_offset;
  unsigned int y_offset;
  NvOSD_FontParams font_params;
  int set_bg_clr;
  NvOSD_ColorParams text_bg_clr;
} NvOSD_TextParams;

typedef struct _NvOSD_Color_info {
  int id;
  NvOSD_ColorParams color;
} NvOSD_Color_info;

typedef struct _NvOSD_RectParams {
  float left;
  float top;
  float width;
  float height;
  unsigned int border_width;
  NvOSD_ColorParams border_color;
  unsigned int has_bg_color;
  unsigned int reserved;
  NvOSD_ColorParams bg_color;
  int has_color_info;
  int color_id;
  float rotation_angle;
} NvOSD_RectParams;

typedef struct _NvOSD_MaskParams {
  float* data;
  unsigned int size;
  float threshold;
  unsigned int width;
  unsigned int height;
} NvOSD_MaskParams;

typedef struct _NvOSD_LineParams {
  unsigned int x1;
  unsigned int y1;
  unsigned int x2;
  unsigned int y2;
  unsigned int line_width;
  NvOSD_ColorParams line_color;
} NvOSD_LineParams;

typedef struct _NvOSD_ArrowParams {
  unsigned int x1;
  unsigned int y1;
  unsigned int x2;
  unsigned int y2;
  unsigned int arrow_width;
  NvOSD_Arrow_Head_Direction arrow_head;
  NvOSD_ColorParams arrow_color;
  unsigned int reserved;
} NvOSD_ArrowParams;

typedef struct _NvOSD_CircleParams {
  unsigned int xc;
  unsigned int yc;
  unsigned int radius;
  NvOSD_ColorParams circle_color;
  unsigned int has_bg_color;
  NvOSD_ColorParams bg_color;
  unsigned int circle_width;
  unsigned int reserved;
} NvOSD_CircleParams;

#ifdef __cplusplus
}
#endif

#endif /* NVLL_OSD_STRUCT_H */
