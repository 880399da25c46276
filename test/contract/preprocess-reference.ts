/**
 * What nvinfer computes, written down plainly: one step after the other, in double precision, nothing clever.
 * The stand-in is compared with this; it shares no code with it.
 */
import * as ort from 'onnxruntime-node';

/** Planes Y [height,width], U and V [height/2,width/2], back to back without row padding; BT.601, limited range. */
export interface I420Frame {
  /** Pixels, even. */
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface NetworkInput {
  readonly width: number;
  readonly height: number;
  readonly colorFormat: 'rgb' | 'bgr';
  /** net-scale-factor. */
  readonly scale: number;
  /** Mean per channel in network order; empty for none. */
  readonly offsets: readonly number[];
  readonly maintainAspectRatio: boolean;
  readonly symmetricPadding: boolean;
}

/** Where the frame lies in the network's picture, in network pixels, and network pixels per frame pixel. */
export interface Placement {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly ratioX: number;
  readonly ratioY: number;
}

/** `left` ... `height` in network pixels while parsing, in frame pixels from `detect`. */
export interface Box {
  readonly classId: number;
  readonly confidence: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Detector {
  readonly session: ort.InferenceSession;
  readonly input: NetworkInput;
  readonly parser: 'nanodet' | 'detectnet';
  /** pre-cluster-threshold, nms-iou-threshold and topk of every class. */
  readonly thresholds: { readonly confidence: number; readonly iou: number; readonly topk: number };
}

/** Boxes of one frame in frame pixels, in nvinfer's order: class by class, confidence descending. */
export async function detect(detector: Detector, frame: I420Frame): Promise<Box[]> {
  const { session, input, thresholds } = detector;
  const tensor = new ort.Tensor('float32', toTensor(frame, input), [1, 3, input.height, input.width]);
  const outputs = await session.run({ [session.inputNames[0] ?? '']: tensor });
  const parse = detector.parser === 'nanodet' ? parseNanoDet : parseDetectNet;
  const candidates = parse(outputs, input, thresholds.confidence);
  const place = placement(frame, input);
  return cluster(candidates, thresholds.iou, thresholds.topk).map((box) => toFrame(box, place));
}

/** Sizes are truncated to whole pixels; padding is right and below, or half of it (truncated) left and above. */
export function placement(frame: { width: number; height: number }, input: NetworkInput): Placement {
  let { width, height } = input;
  if (input.maintainAspectRatio) {
    const fitted = Math.trunc((input.width * frame.height) / frame.width);
    if (fitted <= input.height) height = fitted;
    else width = Math.trunc((input.height * frame.width) / frame.height);
  }
  const centred = input.maintainAspectRatio && input.symmetricPadding;
  return {
    left: centred ? Math.trunc((input.width - width) / 2) : 0,
    top: centred ? Math.trunc((input.height - height) / 2) : 0,
    width,
    height,
    ratioX: width / frame.width,
    ratioY: height / frame.height,
  };
}

/** [3, input.height, input.width]: scale * (pixel - mean); padding is black before the mean is taken off. */
export function toTensor(frame: I420Frame, input: NetworkInput): Float32Array {
  const place = placement(frame, input);
  const plane = input.width * input.height;
  const tensor = new Float32Array(3 * plane);
  for (let y = 0; y < input.height; y++) {
    for (let x = 0; x < input.width; x++) {
      const rgb = pixel(frame, place, x - place.left, y - place.top);
      for (let channel = 0; channel < 3; channel++) {
        const value = rgb[input.colorFormat === 'rgb' ? channel : 2 - channel] ?? 0;
        tensor[channel * plane + y * input.width + x] = input.scale * (value - (input.offsets[channel] ?? 0));
      }
    }
  }
  return tensor;
}

function pixel(frame: I420Frame, place: Placement, x: number, y: number): readonly number[] {
  if (x < 0 || y < 0 || x >= place.width || y >= place.height) return [0, 0, 0];
  const { width, height, data } = frame;
  const luma = width * height;
  const u = (x + 0.5) / place.width;
  const v = (y + 0.5) / place.height;
  return toRgb(
    sample(data.subarray(0, luma), width, height, u, v),
    sample(data.subarray(luma, luma + luma / 4), width / 2, height / 2, u, v),
    sample(data.subarray(luma + luma / 4), width / 2, height / 2, u, v),
  );
}

/** Bilinear, half-pixel centres, edges repeated; `u` and `v` are shares of the plane's width and height. */
function sample(plane: Uint8Array, width: number, height: number, u: number, v: number): number {
  const x = Math.min(Math.max(u * width - 0.5, 0), width - 1);
  const y = Math.min(Math.max(v * height - 0.5, 0), height - 1);
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, height - 1)];
  const at = (column: number, row: number) => plane[row * width + column] ?? 0;
  const above = at(x0, y0) * (1 - (x - x0)) + at(x1, y0) * (x - x0);
  const below = at(x0, y1) * (1 - (x - x0)) + at(x1, y1) * (x - x0);
  return above * (1 - (y - y0)) + below * (y - y0);
}

/** BT.601 limited range to 0..255. */
function toRgb(y: number, cb: number, cr: number): readonly number[] {
  const luma = ((y - 16) * 255) / 219;
  const b = ((cb - 128) * 255) / 224;
  const r = ((cr - 128) * 255) / 224;
  const rgb = [luma + 1.402 * r, luma - 0.344136 * b - 0.714136 * r, luma + 1.772 * b];
  return rgb.map((value) => Math.min(Math.max(value, 0), 255));
}

function values(
  outputs: ort.InferenceSession.ReturnType,
  name: string,
): { data: Float32Array; dims: readonly number[] } {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`the model has no output "${name}"`);
  return { data: tensor.data as Float32Array, dims: tensor.dims };
}

/** Best class of each cell, at or above the threshold; boxes are cut at the network's border. */
export function parseNanoDet(
  outputs: ort.InferenceSession.ReturnType,
  input: NetworkInput,
  threshold: number,
): Box[] {
  const scores = values(outputs, 'scores');
  const corners = values(outputs, 'boxes').data;
  const [, cells = 0, classes = 0] = scores.dims;
  const boxes: Box[] = [];
  for (let cell = 0; cell < cells; cell++) {
    const row = [...scores.data.subarray(cell * classes, (cell + 1) * classes)];
    const confidence = Math.max(...row);
    if (!(confidence >= threshold)) continue;
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = corners.subarray(4 * cell, 4 * cell + 4);
    const [left, right] = [x1, x2].map((x) => Math.min(Math.max(x, 0), input.width)) as [number, number];
    const [top, bottom] = [y1, y2].map((y) => Math.min(Math.max(y, 0), input.height)) as [number, number];
    if (right <= left || bottom <= top) continue;
    boxes.push({
      classId: row.indexOf(confidence),
      confidence,
      left,
      top,
      width: right - left,
      height: bottom - top,
    });
  }
  return boxes;
}

/** nvinfer's default parser: DetectNet_v2 with a box norm of 35. */
export function parseDetectNet(
  outputs: ort.InferenceSession.ReturnType,
  input: NetworkInput,
  threshold: number,
): Box[] {
  const coverage = values(outputs, 'conv_cov');
  const distances = values(outputs, 'conv_bbox').data;
  const [, classes = 0, rows = 0, columns = 0] = coverage.dims;
  const [strideX, strideY] = [Math.ceil(input.width / columns), Math.ceil(input.height / rows)];
  const boxes: Box[] = [];
  for (let classId = 0; classId < classes; classId++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const confidence = coverage.data[(classId * rows + row) * columns + column] ?? 0;
        if (!(confidence >= threshold)) continue;
        const side = (k: number) => distances[((4 * classId + k) * rows + row) * columns + column] ?? 0;
        const [cx, cy] = [(column * strideX + 0.5) / 35, (row * strideY + 0.5) / 35];
        const xs = [-35 * (side(0) - cx), 35 * (side(2) + cx)].map((x) =>
          Math.min(Math.max(x, 0), input.width - 1),
        );
        const ys = [-35 * (side(1) - cy), 35 * (side(3) + cy)].map((y) =>
          Math.min(Math.max(y, 0), input.height - 1),
        );
        const [[left, right], [top, bottom]] = [xs as [number, number], ys as [number, number]];
        if (right < left || bottom < top) continue;
        boxes.push({ classId, confidence, left, top, width: right - left, height: bottom - top });
      }
    }
  }
  return boxes;
}

/** cluster-mode 2 (NMS per class, confidence descending, ties in order of arrival), then topk per class. */
export function cluster(boxes: readonly Box[], iouLimit: number, topk: number): Box[] {
  const classes = [...new Set(boxes.map((box) => box.classId))].sort((a, b) => a - b);
  return classes.flatMap((classId) => {
    const sorted = boxes.filter((box) => box.classId === classId).sort((a, b) => b.confidence - a.confidence);
    const kept: Box[] = [];
    for (const box of sorted) {
      if (kept.every((other) => iou(box, other) <= iouLimit)) kept.push(box);
    }
    return kept.slice(0, topk);
  });
}

/** Intersection over union of areas; 0 where both are empty. */
export function iou(a: Omit<Box, 'classId' | 'confidence'>, b: Omit<Box, 'classId' | 'confidence'>): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  const common = Math.max(width, 0) * Math.max(height, 0);
  const union = a.width * a.height + b.width * b.height - common;
  return union > 0 ? common / union : 0;
}

/** Negative positions become 0 without changing the size, as nvinfer does it. */
function toFrame(box: Box, place: Placement): Box {
  return {
    ...box,
    left: Math.max((box.left - place.left) / place.ratioX, 0),
    top: Math.max((box.top - place.top) / place.ratioY, 0),
    width: box.width / place.ratioX,
    height: box.height / place.ratioY,
  };
}
