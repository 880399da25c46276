/** What the cameras of a spec send, asked of themselves. */
import type { Codec, Format } from '../../planner/index.js';
import type { ProbeOptions, ProbeReport } from '../../probe/index.js';
import {
  type ApplianceSpec,
  formatSecretRef,
  sourceKind,
  type StreamSpec,
  WeirError,
} from '../../spec/index.js';

/** Handshakes under way at once, as in a running appliance. */
const AT_ONCE = 5;
const CODECS: Readonly<Record<string, Codec>> = { H264: 'h264', H265: 'h265' };

export interface Probed {
  /** By stream; those that answered. */
  readonly formats: ReadonlyMap<string, Format>;
  /** Streams that did not, and why. */
  readonly failures: readonly string[];
}

/** Never rejects for a camera; files are not asked. */
export async function probeAll(
  spec: ApplianceSpec,
  probe: (options: ProbeOptions) => Promise<ProbeReport>,
): Promise<Probed> {
  const formats = new Map<string, Format>();
  const failures: string[] = [];
  const waiting = spec.pipelines.flatMap(({ streams }) => streams).filter(isCamera);
  const work = async () => {
    for (let stream = waiting.shift(); stream; stream = waiting.shift()) {
      const found = await ask(stream, spec, probe);
      if (typeof found === 'string') failures.push(found);
      else formats.set(stream.id, found);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { formats, failures: failures.sort() };
}

function isCamera({ uri }: StreamSpec): boolean {
  return sourceKind(uri.analyse) === 'rtsp';
}

async function ask(
  { id, uri, user, password, transport }: StreamSpec,
  { cameraNetworks: networks }: ApplianceSpec,
  probe: (options: ProbeOptions) => Promise<ProbeReport>,
): Promise<Format | string> {
  try {
    const report = await probe({
      ...{ uri: uri.analyse, transport },
      ...(user && { user: formatSecretRef(user) }),
      ...(password && { password: formatSecretRef(password) }),
      ...(networks && { networks }),
    });
    return (
      formatOf(report) ?? `${id}: shows ${report.codec} ${report.width}x${report.height} at ${report.fps} fps`
    );
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    return `${id}: ${error.message}`;
  }
}

/** undefined for what could not be planned with. */
function formatOf({ codec, width, height, fps, kbitPerSecond }: ProbeReport): Format | undefined {
  const known = CODECS[codec];
  if (known === undefined || width * height * fps === 0) return undefined;
  return {
    width,
    height,
    fps: Number(fps.toFixed(1)),
    codec: known,
    mbps: Number((kbitPerSecond / 1000).toFixed(2)),
  };
}
