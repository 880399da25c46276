/** The Prometheus page. Nothing is kept between two scrapes: every series is read when it is asked for. */
import { collectDefaultMetrics, Counter, Gauge, type Metric, Registry } from 'prom-client';
import type { Definition, Sample } from './definition.js';
import { DELIVERY_METRICS } from './delivery-metrics.js';
import { DEVICE_METRICS } from './device-metrics.js';
import { PIPELINE_METRICS } from './pipeline-metrics.js';
import { PROCESS_METRICS } from './process-metrics.js';
import type { DeviceSnapshot, Snapshot } from './snapshot.js';
import { STREAM_METRICS } from './stream-metrics.js';

export interface MetricsOptions {
  /** Of Weir. */
  readonly version: string;
  /** Asked once per scrape. */
  status(): Promise<Snapshot>;
  /** Likewise; absent where no device is watched. */
  device?(): Promise<DeviceSnapshot | undefined>;
}

export function definitions(version: string): readonly Definition[] {
  return [
    buildInfo(version),
    ...PROCESS_METRICS,
    ...PIPELINE_METRICS,
    ...DELIVERY_METRICS,
    ...STREAM_METRICS,
    ...DEVICE_METRICS,
  ];
}

function buildInfo(version: string): Definition {
  return {
    name: 'weir_build_info',
    type: 'gauge',
    help: 'Always 1; the labels say what runs. No series before the first pipeline plays.',
    labels: ['appliance', 'version', 'provider', 'gstreamer'],
    *read({ pipelines: [first] }) {
      if (!first) return;
      const { appliance, provider, gstreamer } = first;
      yield { labels: { appliance, version, provider, gstreamer }, value: 1 };
    },
  };
}

export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #registry = new Registry();
  readonly #options: MetricsOptions;
  #snapshot: Snapshot = { pipelines: [], processes: [] };

  constructor(options: MetricsOptions) {
    this.#options = options;
    collectDefaultMetrics({ register: this.#registry });
    for (const definition of definitions(options.version)) this.#register(definition);
  }

  /** The page in Prometheus' text format. */
  async text(): Promise<string> {
    const [snapshot, device] = await Promise.all([this.#options.status(), this.#options.device?.()]);
    this.#snapshot = { ...snapshot, device };
    // Our metrics are all read within this call, before anything else runs: scrapes side by side do not mix.
    return this.#registry.metrics();
  }

  #register({ name, type, help, labels, read }: Definition): void {
    const snapshot = () => this.#snapshot;
    if (type === 'histogram') {
      this.#registry.registerMetric(readHistogram({ name, help }, () => read(snapshot())));
      return;
    }
    const common = { name, help, labelNames: [...labels], registers: [this.#registry] };
    if (type === 'gauge') {
      new Gauge({
        ...common,
        collect() {
          this.reset();
          if (labels.length === 0) this.remove(); // it resets to 0, which nobody has read
          for (const sample of read(snapshot())) this.set({ ...sample.labels }, sample.value);
        },
      });
    } else {
      new Counter({
        ...common,
        collect() {
          this.reset();
          for (const sample of read(snapshot())) this.inc({ ...sample.labels }, sample.value);
        },
      });
    }
  }
}

/** Prom-client's own counts for itself and cannot be set. */
function readHistogram(words: { name: string; help: string }, read: () => Iterable<Sample>): Metric {
  const get = async () => ({
    ...words,
    type: 'histogram',
    aggregator: 'sum' as const,
    values: [...read()].map(({ name, labels, value }) => ({ labels, value, metricName: name })),
  });
  return { ...words, get, reset: () => undefined } as unknown as Metric;
}
