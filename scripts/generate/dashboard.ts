/** deploy/grafana/dashboards/weir.json: an appliance at a glance, of the metrics there are. */
import { STREAM_KINDS } from '../../src/metrics/labels.js';

interface Target {
  readonly expr: string;
  /** Name of the series in the legend. */
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly help: string;
  /** As Grafana calls it. */
  readonly unit: string;
  readonly targets: readonly Target[];
  readonly stacked?: true;
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** What is asked of the appliance and the streams chosen above the panels. */
const AT = 'instance=~"$instance"';
const ON = `${AT}, pipeline=~"$pipeline"`;
const OF = `${ON}, stream=~"$stream"`;

const ROWS: readonly Row[] = [
  {
    title: 'Cameras',
    panels: [
      {
        title: 'Streams by state',
        help: 'How many streams are in each state.',
        unit: 'short',
        stacked: true,
        targets: [{ expr: `sum by (state) (weir_stream_state{${OF}})`, legend: '{{state}}' }],
      },
      {
        title: 'Frames per second',
        help: 'Frames analysed.',
        unit: 'short',
        targets: [{ expr: `weir_stream_frames_per_second{${OF}}`, legend: '{{stream}}' }],
      },
      {
        title: 'Lost connections by cause',
        help: 'Within the last 15 minutes. docs/operations.md says what to do about each cause.',
        unit: 'short',
        stacked: true,
        targets: [
          {
            expr: `sum by (cause) (increase(weir_stream_connection_losses_total{${OF}}[15m])) > 0`,
            legend: '{{cause}}',
          },
        ],
      },
      {
        title: 'Troubles',
        help: 'Streams that have a trouble which does not end the connection.',
        unit: 'short',
        stacked: true,
        targets: [{ expr: `sum by (kind) (weir_stream_trouble{${OF}})`, legend: '{{kind}}' }],
      },
    ],
  },
  {
    title: 'Load',
    panels: [
      {
        title: 'Drops',
        help: 'What ended early, by place and cause. They are of different kinds: docs/metrics.md.',
        unit: 'ops',
        targets: [
          {
            expr: `sum by (place, cause) (rate(weir_stream_dropped_total{${OF}}[5m])) > 0`,
            legend: '{{place}} {{cause}}',
          },
        ],
      },
      {
        title: 'Time in the detector',
        help: 'Of one batch.',
        unit: 's',
        targets: [
          {
            expr: `rate(weir_pipeline_inference_seconds_total{${ON}}[5m]) / rate(weir_pipeline_inference_batches_total{${ON}}[5m])`,
            legend: '{{pipeline}}',
          },
        ],
      },
      {
        title: 'Inferences per second',
        help: 'Frames the detector has seen, of each stream.',
        unit: 'short',
        targets: [{ expr: `weir_stream_inferences_per_second{${OF}}`, legend: '{{stream}}' }],
      },
      {
        title: 'Latency',
        help: 'From the arrival at the mux to finished metadata.',
        unit: 's',
        targets: [{ expr: `weir_stream_latency_seconds{${OF}}`, legend: '{{stream}}' }],
      },
    ],
  },
  {
    title: 'Processes',
    panels: [
      {
        title: 'Memory',
        help: 'Of the supervisor and of the process of each pipeline.',
        unit: 'bytes',
        targets: [
          { expr: `process_resident_memory_bytes{job="weir", ${AT}}`, legend: 'supervisor' },
          { expr: `weir_pipeline_resident_memory_bytes{${ON}}`, legend: '{{pipeline}}' },
        ],
      },
      {
        title: 'CPU',
        help: '1 is one core.',
        unit: 'short',
        targets: [
          {
            expr: `rate(process_cpu_seconds_total{job="weir", ${AT}}[5m])`,
            legend: 'supervisor',
          },
          { expr: `rate(weir_pipeline_cpu_seconds_total{${ON}}[5m])`, legend: '{{pipeline}}' },
        ],
      },
      {
        title: 'Ends of pipelines by reason',
        help: 'Within the last hour; each is started anew.',
        unit: 'short',
        stacked: true,
        targets: [
          {
            expr: `sum by (pipeline, reason) (increase(weir_pipeline_restarts_total{${ON}}[1h])) > 0`,
            legend: '{{pipeline}} {{reason}}',
          },
        ],
      },
      {
        title: 'Event loop lag',
        help: 'How long JavaScript of a pipeline was kept waiting at most. Messages wait for it, frames do not.',
        unit: 's',
        targets: [{ expr: `weir_pipeline_eventloop_lag_seconds{${ON}}`, legend: '{{pipeline}}' }],
      },
    ],
  },
  {
    title: 'NATS',
    panels: [
      {
        title: 'Connected to NATS',
        help: '1 while the pipeline is connected.',
        unit: 'short',
        targets: [{ expr: `weir_nats_state{${ON}, state="connected"}`, legend: '{{pipeline}}' }],
      },
      {
        title: 'Messages published',
        help: 'Confirmed by NATS.',
        unit: 'ops',
        targets: [
          {
            expr: `sum by (pipeline) (rate(weir_stream_published_messages_total{${OF}}[5m]))`,
            legend: '{{pipeline}}',
          },
        ],
      },
      {
        title: 'Latency by stage',
        help: '99 of 100 messages take no longer; total: from the time of the message until it was finished.',
        unit: 's',
        targets: [
          {
            expr: `histogram_quantile(0.99, sum by (stage, le) (rate(weir_pipeline_latency_seconds_bucket{${ON}}[5m])))`,
            legend: '{{stage}}',
          },
        ],
      },
      {
        title: 'Events by what came of them',
        help: 'Within the last 15 minutes. What is suppressed another event stands for.',
        unit: 'short',
        targets: [
          {
            expr: `sum by (pipeline) (increase(weir_events_acknowledged_total{${ON}}[15m]))`,
            legend: '{{pipeline}} acknowledged',
          },
          {
            expr: `sum by (pipeline) (increase(weir_events_suppressed_total{${ON}}[15m]))`,
            legend: '{{pipeline}} suppressed',
          },
          {
            expr: `sum by (pipeline, cause) (increase(weir_events_dropped_total{${ON}}[15m])) > 0`,
            legend: '{{pipeline}} lost: {{cause}}',
          },
        ],
      },
      {
        title: 'Events waiting',
        help: 'For JetStream, and for the consumer that is furthest behind.',
        unit: 'short',
        targets: [
          { expr: `weir_events_waiting{${ON}}`, legend: '{{pipeline}}' },
          { expr: `weir_events_consumer_pending{${ON}}`, legend: '{{pipeline}} consumer' },
        ],
      },
      {
        title: 'JetStream',
        help: '1 for why it does not take events, and where they cannot be written to disk.',
        unit: 'short',
        stacked: true,
        targets: [
          { expr: `weir_jetstream_problem{${ON}} > 0`, legend: '{{pipeline}} {{problem}}' },
          { expr: `weir_events_spool_failing{${ON}} > 0`, legend: '{{pipeline}} disk' },
        ],
      },
    ],
  },
  {
    title: 'Device (Jetson)',
    panels: [
      {
        title: 'GPU and engines',
        help: 'How busy they are at their present clock.',
        unit: 'percentunit',
        targets: [
          { expr: `weir_device_gpu_load_ratio{${AT}}`, legend: 'GPU' },
          { expr: `weir_device_engine_load_ratio{${AT}}`, legend: '{{engine}}' },
          { expr: `weir_device_memory_bus_load_ratio{${AT}}`, legend: 'memory bus' },
        ],
      },
      {
        title: 'Memory of the device',
        help: 'CPU, GPU and engines share it.',
        unit: 'bytes',
        targets: [
          { expr: `weir_device_memory_used_bytes{${AT}}`, legend: 'used' },
          { expr: `weir_device_memory_size_bytes{${AT}}`, legend: 'there is' },
          { expr: `weir_device_swap_used_bytes{${AT}}`, legend: 'swap used' },
        ],
      },
      {
        title: 'Temperature',
        help: 'Of the chip and the board.',
        unit: 'celsius',
        targets: [{ expr: `weir_device_temperature_celsius{${AT}}`, legend: '{{zone}}' }],
      },
      {
        title: 'Power',
        help: 'By rail. Rails may lie behind one another: do not add up all.',
        unit: 'watt',
        targets: [{ expr: `weir_device_power_watts{${AT}}`, legend: '{{rail}}' }],
      },
    ],
  },
];

const COLOURS: Readonly<Record<(typeof STREAM_KINDS)[number], string>> = {
  live: 'green',
  connecting: 'blue',
  stalled: 'orange',
  waiting: 'yellow',
  failed: 'red',
  stopped: 'text',
};

const SOURCE = { type: 'prometheus', uid: 'prometheus' };
const WIDTH = 24;
const HEIGHT = 8;
const PER_LINE = 2;

export function dashboardFile(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

function dashboard() {
  return {
    uid: 'weir',
    title: 'Weir',
    description: 'Generated by scripts/generate.ts; changes here are lost.',
    tags: ['weir'],
    schemaVersion: 39,
    editable: false,
    refresh: '15s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        variable('instance', 'weir_pipeline_state'),
        variable('pipeline', 'weir_pipeline_state{instance=~"$instance"}'),
        variable('stream', 'weir_stream_state{instance=~"$instance", pipeline=~"$pipeline"}'),
      ],
    },
    panels: layOut(ROWS),
  };
}

/** A choice above the panels: the values a label has. */
function variable(label: string, series: string) {
  const query = `label_values(${series}, ${label})`;
  return {
    ...{ name: label, type: 'query', datasource: SOURCE, definition: query, refresh: 2, sort: 1 },
    query: { query, refId: label },
    ...{ includeAll: true, multi: true, current: { text: 'All', value: '$__all' } },
  };
}

function layOut(rows: readonly Row[]): object[] {
  let y = 0;
  let id = 0;
  return rows.flatMap(({ title, panels }) => {
    const heading = { id: ++id, type: 'row', title, gridPos: { x: 0, y, w: WIDTH, h: 1 }, panels: [] };
    const below = panels.map((panel, index) => drawn(panel, ++id, index, y + 1));
    y += 1 + Math.ceil(panels.length / PER_LINE) * HEIGHT;
    return [heading, ...below];
  });
}

function drawn({ title, help, unit, targets, stacked }: Panel, id: number, index: number, top: number) {
  const w = WIDTH / PER_LINE;
  const gridPos = { x: (index % PER_LINE) * w, y: top + Math.floor(index / PER_LINE) * HEIGHT, w, h: HEIGHT };
  const custom = { fillOpacity: stacked ? 30 : 0, stacking: { mode: stacked ? 'normal' : 'none' } };
  return {
    ...{ id, type: 'timeseries', title, description: help, datasource: SOURCE, gridPos },
    fieldConfig: { defaults: { unit, min: 0, custom }, overrides: colours(targets) },
    options: {
      legend: { displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: targets.map(({ expr, legend }, n) => ({
      ...{ refId: String.fromCharCode(65 + n), datasource: SOURCE, expr, legendFormat: legend },
    })),
  };
}

/** States have the same colour whichever of them there are. */
function colours(targets: readonly Target[]): object[] {
  if (targets[0]?.legend !== '{{state}}') return [];
  return STREAM_KINDS.map((state) => ({
    matcher: { id: 'byName', options: state },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: COLOURS[state] } }],
  }));
}
