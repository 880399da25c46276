/** One try at one camera. Runs in the process that is thrown away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sourceParams } from '../graph/source-params.js';
import type { Provider } from '../graph/types.js';
import { Pipeline } from '../native/pipeline.js';
import type { NativeFindings, ProbeBinding } from '../native/probe-types.js';
import type { NativeBinding, NativeEvent } from '../native/types.js';
import { diagnose, resolveCamera } from '../net/index.js';
import { WeirError } from '../spec/error.js';
import type { StreamSpec } from '../spec/types.js';
import { streamEvent } from '../streams/cause-of.js';
import { ConnectFailure } from '../streams/connect-failure.js';
import { stallMs } from '../streams/frame-interval.js';
import { VAGUE } from '../streams/retry.js';
import { seconds } from '../streams/words.js';
import { factsOf, type Format } from './facts.js';
import { decoders, probeGraph } from './graph.js';
import { measure, readUnits } from './measure.js';
import type { ProbeAnswer, ProbeRequest } from './protocol.js';
import { probeStream } from './target.js';

const LOOKUP_MS = 3_000;
const LOOK_MS = 20;
const CLOSE_MS = 500;
/** Rejects with ConnectFailure where the camera is to blame, or the way to it. */
export async function tryCamera(request: ProbeRequest, binding: NativeBinding): Promise<ProbeAnswer> {
  const stream = probeStream(request.target);
  const uri = await resolveCamera(stream.uri.analyse, { networks: request.networks, timeoutMs: LOOKUP_MS });
  const picture = request.picture && decoders().every((name) => binding.findElement(name));
  await using attempt = await Attempt.begin(stream, uri, { ...request, picture }, binding);
  try {
    return await attempt.run();
  } catch (error) {
    throw await examined(error, attempt, stream, request);
  }
}

/** A failure that says little is looked at more closely, as those of streams are. */
async function examined(
  error: unknown,
  { heard }: Attempt,
  stream: StreamSpec,
  { networks }: ProbeRequest,
): Promise<unknown> {
  if (!(error instanceof ConnectFailure) || heard || !VAGUE.has(error.reason)) return error;
  const better = await diagnose(stream.uri.analyse, { networks }).catch(() => undefined);
  return better ? new ConnectFailure(better.cause, better.message) : error;
}

class Attempt implements AsyncDisposable {
  readonly #pipeline: Pipeline;
  readonly #probe: ProbeBinding;
  #startedAt = now();
  #connectedAt: number | undefined;
  #format: Format | undefined;
  #lost: ConnectFailure | undefined;

  private constructor(
    private readonly stream: StreamSpec,
    private readonly uri: string,
    private readonly request: ProbeRequest,
    binding: NativeBinding,
  ) {
    this.#probe = probeOf(binding);
    const graph = probeGraph({ provider: binding.info().provider as Provider, pictures: request.picture });
    const onEvent = (event: NativeEvent): void => this.#note(event);
    this.#pipeline = Pipeline.open(graph, { onEvent, onBatch: () => undefined }, binding);
  }

  static async begin(
    stream: StreamSpec,
    uri: string,
    request: ProbeRequest,
    binding: NativeBinding,
  ): Promise<Attempt> {
    const attempt = new Attempt(stream, uri, request, binding);
    await attempt.#pipeline.start();
    return attempt;
  }

  /** Whether the camera has sent any picture. */
  get heard(): boolean {
    return this.#findings().units.length > 0;
  }

  async run(): Promise<ProbeAnswer> {
    const { stream, uri } = this;
    const fill = sourceParams(stream, { uri });
    this.#startedAt = now();
    await this.#pipeline.addSource(0, { ...fill, stream: stream.id, epoch: 1, token: 1 });
    await this.#until(() => this.#keyFrame() && this.#format !== undefined, this.request.timeoutMs);
    const picture = this.request.picture ? this.#picture() : undefined;
    await this.#watch();
    return this.#answer(await picture);
  }

  /** The camera is told where that is quick. What hangs ends with the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.race([this.#pipeline.close().catch(() => undefined), sleep(CLOSE_MS)]);
  }

  #note(event: NativeEvent): void {
    if (event.type === 'connected') this.#connectedAt ??= now();
    if (event.type === 'source-format') this.#format = event;
    if (event.type === 'pipeline-error') this.#lost ??= new ConnectFailure('source', event.message);
    const lost = event.type === 'source-error' ? streamEvent(event) : undefined;
    if (lost?.type === 'lost') this.#lost ??= new ConnectFailure(lost.cause, lost.message);
  }

  /** What has happened so far says what the camera owes. */
  async #until(done: () => boolean, timeoutMs: number): Promise<void> {
    const deadline = this.#startedAt + timeoutMs;
    while (!done()) {
      if (this.#lost) throw this.#lost;
      if (now() > deadline) throw this.#late(seconds(timeoutMs));
      await sleep(LOOK_MS);
    }
  }

  #late(lasted: string): ConnectFailure {
    if (this.#connectedAt === undefined)
      return new ConnectFailure('timeout', `the camera did not agree to play within ${lasted}`);
    if (!this.heard) return new ConnectFailure('no-frame', `connected, but no picture within ${lasted}`);
    return new ConnectFailure('no-key-frame', `no key frame within ${lasted}, though data arrives`);
  }

  async #watch(): Promise<void> {
    const end = now() + this.request.seconds * 1000;
    while (now() < end) {
      if (this.#lost) throw this.#lost;
      await sleep(LOOK_MS);
    }
    this.#refuseSilence();
  }

  /** As a stream's would be, silence is judged by the interval of its frames. */
  #refuseSilence(): void {
    const units = readUnits(this.#findings().units);
    const silentMs = now() - (units.at(-1)?.arrivedMs ?? 0);
    if (silentMs < stallMs(measure(units).fps || 1)) return;
    throw new ConnectFailure('stalled', `pictures came, but none for the last ${seconds(silentMs)}`);
  }

  #keyFrame(): boolean {
    return readUnits(this.#findings().units).some(({ key }) => key);
  }

  #findings(): NativeFindings {
    return this.#probe.findings();
  }

  /** Not having one is no reason to keep back the rest. */
  async #picture(): Promise<Uint8Array | undefined> {
    try {
      return await this.#pipeline.snapshot(0, { annotated: false });
    } catch {
      return undefined;
    }
  }

  #answer(picture: Uint8Array | undefined): ProbeAnswer {
    const counters = this.#pipeline.counters();
    const facts = factsOf({
      ...{ stream: this.stream, uri: this.uri, startedAt: this.#startedAt },
      connectedAt: this.#connectedAt ?? this.#startedAt,
      format: this.#format as Format,
      findings: this.#findings(),
      packets: { received: counters.slot(0, 'packets'), lost: counters.slot(0, 'packetsLost') },
    });
    return { type: 'facts', facts, ...(picture && { picture: Buffer.from(picture).toString('base64') }) };
  }
}

/** As the addon counts. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function probeOf({ probe }: NativeBinding): ProbeBinding {
  if (probe) return probe;
  throw new WeirError('NATIVE_MISSING', 'this addon cannot probe', {
    remedy: 'run scripts/setup to build it anew',
  });
}
