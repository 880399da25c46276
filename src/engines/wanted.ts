/** The engines a spec asks for. */
import { engineFile } from '../deepstream/index.js';
import type { Platform } from '../device/platform.js';
import { WeirError } from '../spec/error.js';
import type { DetectorSpec, PipelineSpec, Precision } from '../spec/types.js';
import { differences, differenceText, type Fingerprint, fingerprint } from './fingerprint.js';
import { sha256Of } from './files.js';
import { readOnnxFacts } from './onnx-facts.js';
import { type InputProfile, inputProfile } from './profile.js';

export interface WantedEngine {
  /** Absolute path. */
  readonly engine: string;
  /** Ids of the pipelines that load it. */
  readonly pipelines: readonly string[];
  readonly detector: DetectorSpec;
  readonly input: InputProfile;
  /** Precision of the ONNX file itself. */
  readonly typed: Precision;
  readonly fingerprint: Fingerprint;
}

/**
 * Rejects with MODEL_MISSING, with ENGINE_UNSUPPORTED where the model cannot be built as the detector asks, with IO
 * where the calibration cache cannot be read. `detector.model.sha256` is taken at its word: see `verifyModel`.
 */
export async function wantedEngine(
  detector: DetectorSpec,
  platform: Platform,
  pipelines: readonly string[] = [],
): Promise<WantedEngine> {
  const facts = readOnnxFacts(detector.model.file);
  const input = inputProfile(detector, facts);
  const calibration = detector.calibration && (await calibrationHash(detector.calibration));
  return {
    engine: engineFile(detector),
    pipelines,
    detector,
    input,
    typed: facts.precision,
    fingerprint: fingerprint(detector, input, calibration, platform),
  };
}

/** One for each file. Rejects also with CONFIG_INVALID where pipelines want different engines under one name. */
export async function wantedEngines(
  pipelines: readonly PipelineSpec[],
  platform: Platform,
): Promise<WantedEngine[]> {
  const found = new Map<string, WantedEngine>();
  for (const { id, detector } of pipelines) {
    const made = await wantedEngine(detector, platform, [id]);
    const before = found.get(made.engine);
    found.set(made.engine, before ? together(before, made) : made);
  }
  return [...found.values()];
}

function together(a: WantedEngine, b: WantedEngine): WantedEngine {
  const pipelines = [...a.pipelines, ...b.pipelines];
  const [difference] = differences(a.fingerprint, b.fingerprint);
  if (!difference) return { ...a, pipelines };
  const why = differenceText(difference);
  throw new WeirError(
    'CONFIG_INVALID',
    `pipelines ${pipelines.join(' and ')} name one engine, ${a.engine}: ${why}`,
    {
      remedy: 'name different files with detector.engine, or none',
    },
  );
}

async function calibrationHash(path: string): Promise<string> {
  try {
    return await sha256Of(path);
  } catch (cause) {
    throw new WeirError('IO', `calibration cache ${path} cannot be read: ${(cause as Error).message}`, {
      remedy: 'correct detector.calibration',
      cause,
    });
  }
}
