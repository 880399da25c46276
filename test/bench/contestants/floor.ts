/** What nobody can go below: the same decoding into a fakesink, and the same number of inferences, each alone. */
import type { Camsim } from '../../support/camsim.js';
import { root } from '../../support/paths.js';
import { run, Running } from '../../support/process.js';
import type { Runner } from '../lib/contestant.js';
import type { BenchModel, BenchScene } from '../lib/scene.js';

/** The same streams through the same decoder, and nothing else. */
export function startDecoding({ keyFrames }: BenchScene, cameras: Camsim): Runner {
  const thin = keyFrames ? '! identity drop-buffer-flags=delta-unit ' : '';
  const chain = (uri: string): string =>
    `rtspsrc location=${uri} protocols=tcp latency=200 ! rtph264depay ! h264parse ${thin}! avdec_h264 max-threads=1 ! fakesink sync=false`;
  const child = new Running('gst-launch-1.0', [
    '-q',
    ...Object.values(cameras.uris).flatMap((uri) => chain(uri).split(' ')),
  ]);
  return {
    pids: [child.pid],
    // Nothing can be asked; what cameras sent has been decoded, as there is nothing else to wait for.
    counts: async () =>
      Object.values(await cameras.stats()).map(({ id, runs }) => ({
        id,
        frames: runs.at(-1)?.frames ?? 0,
        dropped: 0,
        inferred: 0,
        objects: 0,
      })),
    arrivals: () => [],
    [Symbol.asyncDispose]: () => child.stop(),
  };
}

/** CPU seconds of one inference of one picture by the same runtime with the same options, in a process of its own. */
export async function inferenceSeconds(model: BenchModel, count: number): Promise<number> {
  const { file, input, width, height } = model;
  const program = `
    import * as ort from 'onnxruntime-node';
    const session = await ort.InferenceSession.create(${JSON.stringify(file)}, { intraOpNumThreads: 1, graphOptimizationLevel: 'all' });
    const tensor = new ort.Tensor('float32', new Float32Array(${3 * width * height}), [1, 3, ${height}, ${width}]);
    const feeds = { ${JSON.stringify(input)}: tensor };
    for (let i = 0; i < 5; i++) await session.run(feeds);
    const before = process.cpuUsage();
    for (let i = 0; i < ${count}; i++) await session.run(feeds);
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1e6);`;
  const { code, stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    timeoutMs: 300_000,
  });
  if (code !== 0) throw new Error(`inference alone failed:\n${stderr}`);
  return Number(stdout) / count;
}
