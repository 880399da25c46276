/** NanoDet in Node.js as a user would write it: one picture at a time, through onnxruntime-node. */
import * as ort from 'onnxruntime-node';
import type { BenchModel } from '../lib/scene.js';

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly score: number;
  readonly classId: number;
}

/** Pictures come scaled already, blue first, three bytes a pixel; what of the network's input is left stays empty. */
export interface Picture {
  readonly width: number;
  readonly height: number;
}

/** The picture's size in the network: its aspect is kept. */
export function fitted(source: Picture, { width, height }: BenchModel): Picture {
  const ratio = Math.min(width / source.width, height / source.height);
  return { width: Math.round(source.width * ratio), height: Math.round(source.height * ratio) };
}

export class Detector {
  readonly #session: ort.InferenceSession;
  readonly #model: BenchModel;
  readonly #picture: Picture;
  readonly #tensor: Float32Array;

  private constructor(session: ort.InferenceSession, model: BenchModel, picture: Picture) {
    this.#session = session;
    this.#model = model;
    this.#picture = picture;
    this.#tensor = new Float32Array(3 * model.width * model.height);
  }

  static async load(model: BenchModel, picture: Picture): Promise<Detector> {
    const session = await ort.InferenceSession.create(model.file, { intraOpNumThreads: 1 });
    return new Detector(session, model, picture);
  }

  /** Objects found. */
  async look(pixels: Uint8Array): Promise<number> {
    this.#fill(pixels);
    const { input, width, height } = this.#model;
    const tensor = new ort.Tensor('float32', this.#tensor, [1, 3, height, width]);
    const { scores, boxes } = await this.#session.run({ [input]: tensor });
    if (!scores || !boxes) throw new Error('expected the outputs scores and boxes');
    return this.#boxes(scores, boxes).length;
  }

  #fill(pixels: Uint8Array): void {
    const { width, height, mean } = this.#model;
    const { width: columns, height: rows } = this.#picture;
    const tensor = this.#tensor;
    for (let channel = 0; channel < 3; channel++) {
      const offset = mean[channel] ?? 0;
      for (let y = 0; y < rows; y++) {
        let to = channel * width * height + y * width;
        let from = y * columns * 3 + channel;
        for (let x = 0; x < columns; x++, from += 3) tensor[to++] = (pixels[from] ?? 0) - offset;
      }
    }
  }

  #boxes(scores: ort.Tensor, boxes: ort.Tensor): Box[] {
    const [, cells = 0, classes = 0] = scores.dims;
    const [score, side] = [scores.data as Float32Array, boxes.data as Float32Array];
    const found: Box[] = [];
    for (let cell = 0; cell < cells; cell++) {
      let best = cell * classes;
      for (let at = best + 1; at < (cell + 1) * classes; at++) {
        if ((score[at] ?? 0) > (score[best] ?? 0)) best = at;
      }
      if ((score[best] ?? 0) < this.#model.confidence) continue;
      const [left = 0, top = 0, right = 0, bottom = 0] = side.subarray(4 * cell, 4 * cell + 4);
      found.push({ left, top, right, bottom, score: score[best] ?? 0, classId: best - cell * classes });
    }
    return suppressed(found, this.#model.iou);
  }
}

function suppressed(found: Box[], iou: number): Box[] {
  const kept: Box[] = [];
  for (const box of found.sort((a, b) => b.score - a.score)) {
    if (!kept.some((other) => other.classId === box.classId && overlap(other, box) > iou)) kept.push(box);
  }
  return kept;
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: Box): number => (box.right - box.left) * (box.bottom - box.top);
  return (width * height) / (area(a) + area(b) - width * height);
}
