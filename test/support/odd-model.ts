/** Small detectors that are wrong on purpose, with a manifest each. */
import { OnnxGraph } from '../../scripts/model/onnx-graph.js';
import { writeModel } from './write-model.js';

export interface OddModelOptions {
  /** Names of the outputs; the manifest says `conv_cov` and `conv_bbox`. */
  readonly outputs?: readonly [coverage: string, boxes: string];
  /** Size of the input in pixels; the manifest says 64 x 32. */
  readonly size?: readonly [width: number, height: number];
  /** Every side of every box, as DetectNet_v2 has it: distance from the cell in units of 35 pixels. */
  readonly side?: number;
  readonly confidence?: number;
}

const CELL = 16;

/** A detector that finds a box in every cell. Answers the path of the manifest. */
export function writeOddModel(dir: string, options: OddModelOptions = {}): Promise<string> {
  const {
    outputs = ['conv_cov', 'conv_bbox'],
    size: [width, height] = [64, 32],
    side = 0.1,
    confidence = 0.9,
  } = options;
  const graph = new OnnxGraph('odd');
  const pixels = graph.input('input', ['N', 3, height, width]);
  const [rows, columns] = [height / CELL, width / CELL];
  const constant = (name: string, channels: number, value: number): void => {
    const weights = new Float32Array(channels * 3 * CELL * CELL);
    const kernel = graph.floats(`${name}_kernel`, [channels, 3, CELL, CELL], weights);
    const bias = graph.floats(`${name}_bias`, [channels], new Float32Array(channels).fill(value));
    const shape = { kernel_shape: [CELL, CELL], strides: [CELL, CELL] };
    graph.output(graph.node('Conv', name, [pixels, kernel, bias], shape), ['N', channels, rows, columns]);
  };
  constant(outputs[0], 1, confidence);
  constant(outputs[1], 4, side);
  return writeModel(dir, graph.encode(), ['thing'], {
    name: 'odd',
    description: 'Wrong on purpose',
    source: { made: 'here' },
    licence: 'Apache-2.0',
    input: { name: 'input', width: 64, height: 32, channels: 3, colorFormat: 'rgb', scale: 0.00392156979 },
    thresholds: { confidence: 0.5 },
  });
}
