/**
 * Writes docs/reliability.md and docs/delivery.md from what the reliability tests have left in build/reports.
 * Usage: npx tsx scripts/reliability-report.ts
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ScenarioFindings } from '../test/support/fleet/report.js';
import type { Measured, PartReport, RowReport } from '../test/support/reliability.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = join(root, 'build/reports');
/** In the order of the page. */
const CAMERA_PARTS = ['faults', 'slow', 'clock', 'leaks'] as const;
const PROCESS_PARTS = ['processes', 'lives', 'stand-in-faults', 'quarantine', 'signals', 'reload'] as const;
const DELIVERY_PARTS = ['disk', 'delivery', 'leaf'] as const;

function read<T>(file: string): T | undefined {
  const path = join(reports, file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 9_950 ? 2 : 1);
}

function excess(ms: number): string {
  return ms < 100 ? `${ms} ms` : `${seconds(ms)} s`;
}

function cells(measured: Measured | undefined): string {
  if (!measured) return '- | -';
  const { times, targetMs, met } = measured;
  const seen = [times.median, times.p95, times.worst].map(seconds).join(' / ');
  if (targetMs === undefined) return `${seen} | -`;
  return `${seen} | ${seconds(targetMs)}: ${met ? 'met' : `missed by ${excess(times.p95 - targetMs)}`}`;
}

function line(row: RowReport, mark: string): string {
  const lost = row.others ? `${row.others.lost} of ${row.others.frames}` : '-';
  const clock = row.clock === 'injected' ? ' ⏱' : '';
  return `| ${row.row} | ${row.name}${mark}${clock} | ${row.injections} | ${cells(row.detection)} | ${cells(row.recovery)} | ${lost} |`;
}

function table(rows: readonly RowReport[]): string {
  const notes = [...new Set(rows.flatMap(({ note }) => note ?? []))];
  const mark = ({ note }: RowReport): string => (note === undefined ? '' : ` [${notes.indexOf(note) + 1}]`);
  return [
    '| # | Fault | Times | Noticed after, s: median / p95 / worst | Target | Back after, s: median / p95 / worst | Target | Frames others lost |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => line(row, mark(row))),
    '',
    ...notes.map((note, i) => `${i + 1}. ${note}`),
    ...(notes.length > 0 ? [''] : []),
  ].join('\n');
}

/** What a scenario says of itself. */
function scenario(file: string): string {
  const report = read<ScenarioFindings>(file);
  if (!report) return '';
  const { title, text, table } = report;
  const bar = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const lines = table ? [bar(table.head), bar(table.head.map(() => '---')), ...table.rows.map(bar)] : [];
  return [`## ${title}`, '', text.join('\n\n'), ...(lines.length > 0 ? ['', ...lines] : []), ''].join('\n');
}

function forms(parts: readonly PartReport[]): string {
  const found = [...new Set(parts.map(({ form }) => form))];
  return found.length === 1 ? `${found[0] === 'long' ? 'Long' : 'Short'} form` : 'Short and long form';
}

/** Table and findings. */
function section(parts: readonly PartReport[]): string {
  const rows = parts.flatMap((part) => part.rows).sort((a, b) => a.row - b.row);
  const findings = parts.flatMap((part) => part.findings ?? []);
  return [table(rows), ...findings.map((finding) => `- ${finding}`)].join('\n');
}

/** Form, day and machine. */
function made(parts: readonly PartReport[]): string {
  const [first] = parts;
  if (!first) throw new Error(`nothing to report: ${reports} holds no reliability-*.json`);
  return `${forms(parts)} of ${first.date.slice(0, 10)}: ${first.cores} cores
(${first.cpu}), no GPU, the CPU stand-in as provider; cameras, broker and tests on the same machine`;
}

function page(cameras: readonly PartReport[], processes: readonly PartReport[]): string {
  return `<!-- Written by the reliability tests (npm run test:long); changes here are lost. -->

# Reliability

What happens when cameras, networks and processes fail, measured. ${made([...cameras, ...processes])}.
For the broker and the disk see [delivery.md](delivery.md).

## Faults

One pipeline with 24 simulated cameras (640×360, 10 fps, a key frame each second) over real RTSP. Faults are done to 20
of them, each time at a seeded moment, several at once; four only look on. Every picture carries its number. Rows
are numbered by kind of fault; what is not here (16, 37) has a section of its own below.

- *Noticed*: from the moment the fault is asked for to the arrival, over NATS, of the first status that names the
  expected state and cause. A stream sends at most one status a second.
- *Back*: from the end of the fault to the arrival of the first detections message after it. It includes what the camera
  itself needs, and its next key frame.
- *Frames others lost*: numbers missing between those in the pictures of the cameras that nothing was done to.
- A target is met when 95 of 100 times are within it. ⏱: times of a clock that the test pushes forward while
  nothing but waiting happens.

${section(cameras)}

## Processes

${forms(processes)}. Two pipelines, each with a process of its own, with numbered cameras over real RTSP; the fault is done to one, the other looks on, and
the control API is asked all the time: every question was answered.

- *Noticed*: from the fault to the first answer of the API that does not say \`playing\`.
- *Back*: from the fault to the moment every camera of the pipeline has delivered a message again; it includes the start of a process
  and the loading of the model.

${section(processes)}

${['chaos.json', 'storm.json', 'blackout.json'].map(scenario).filter(Boolean).join('\n')}`;
}

function deliveryPage(parts: readonly PartReport[]): string {
  return `<!-- Written by the reliability tests (npm run test:long); changes here are lost. -->

# Delivery under faults

What happens to messages and events when the broker or the disk fails, measured: [wire.md](wire.md#what-delivery-means) says what is
promised. ${made(parts)}.

One pipeline with cameras of 640×360 at 15 fps over real RTSP, and a real \`nats-server\`. Each fault once; the disk is played by a
library that is preloaded into the appliance.

- *Noticed*: from the fault to the first status that names it.
- *Back*: from the end of the fault until there is a connection again (21, 22), all events are delivered (25), the hub has every
  event (23), or events are kept on disk again (19, 20).
- *Frames others lost*: of those of all cameras meanwhile, those that were dropped before or in the pipeline.

${section(parts)}

${scenario('full-load.json')}`;
}

/** From whatever reports are there. */
export function writeReliabilityPage(): void {
  const [cameras, processes, delivery] = [CAMERA_PARTS, PROCESS_PARTS, DELIVERY_PARTS].map((names) =>
    names.flatMap((name) => read<PartReport>(`reliability-${name}.json`) ?? []),
  ) as [PartReport[], PartReport[], PartReport[]];
  const all = [...cameras, ...processes, ...delivery];
  writeFileSync(join(reports, 'reliability.json'), `${JSON.stringify(all, null, 1)}\n`);
  if (process.env.WEIR_LONG !== '1' && process.env.WEIR_WRITE_REPORT !== '1') return;
  const write = (name: string, text: string) =>
    writeFileSync(join(root, 'docs', name), text.replace(/\n+$/, '\n'));
  if (cameras.length + processes.length > 0) write('reliability.md', page(cameras, processes));
  if (delivery.length > 0) write('delivery.md', deliveryPage(delivery));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.env.WEIR_WRITE_REPORT = '1';
  writeReliabilityPage();
}
