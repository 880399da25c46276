/** docs/conformance.md: what the report is, and its summary for the stand-in. Nothing of it depends on the machine. */
import type { ConformanceReport, Row } from '../../src/conformance/report.js';
import { deviations } from './deviations.js';
import { summaryTable } from './markdown.js';

const INTRO = `<!-- Written by scripts/conformance.ts from build/conformance.json; changes here are lost. -->

# Conformance

What is known of NVIDIA's elements (DeepStream 9.1: its public sources, its guide for what is closed) stands in \`test/contract/data\` and
in the tests beside it. These questions are asked of whichever elements are present: the [stand-in](stand-in.md) here, NVIDIA's on a
Jetson. A wrong answer of NVIDIA's refutes what is known, one of the stand-in's refutes the stand-in.

**NVIDIA's elements have not been asked yet**: nothing here has been run on a Jetson or any GPU.

## How to ask

| Where | Command | What is asked |
|---|---|---|
| a checkout with its build | \`npm run test:contract\` | everything; writes \`build/conformance.json\` (\`weir.conformance.v1\`) and, to be read, \`build/conformance.md\` |
| an installed appliance | \`weir doctor --deep weir.yaml\` | properties of the elements, what the graphs set, and a film in a pipeline of its own; \`--json\` gives the same rows as \`deep\` |
| any | \`weir doctor\` | before anything plays: whether every property the graphs set exists, and takes its value |

On a Jetson, after \`scripts/setup\` has built against the SDK:

\`\`\`
npm run test:contract
node dist/cli/main.cjs doctor --deep weir.yaml
\`\`\`

\`doctor --deep\` starts a second pipeline with the detector of the spec's first one: it needs its memory for a minute, and its engine, which
is built if there is none yet. Its film is the one \`scripts/setup\` fetches; without it only start and stop are asked. It exits with 69 when
an answer differs that is no known deviation.

Each row of a report has the question, what was expected, the answer, the source of the expectation, and a verdict: \`same\`, \`differs\`, or
\`unknown\` where the facts leave it open or nothing could be asked. What the facts leave open is asked all the same: on NVIDIA's elements the
answer is worth having. A row that shows a known deviation of the stand-in carries its number and is no failure.

A Jetson's report with a row that differs is a bug report: correct the facts in \`test/contract/data\` or the test first, then the stand-in, so
that both agree again.

`;

const OTHER_RELEASES = `
## DeepStream 7.1

The facts are those of 9.1. What they say of 7.1, the release for Orin with JetPack 6, is marked \`in_7_1\` in \`test/contract/data/elements.json\`:
the legacy mux has all properties the graphs set (a dump of 6.3 has them, and so have the sources of 9.1); \`operate-on-class-ids\` of
\`nvtracker\` came with 9.0, so \`tracker.classes\` of a spec cannot work there. For the rest \`weir doctor\` asks the elements on the device.

## What is proven where

| Part | Unit tests | Asked of the stand-in | Compiled against NVIDIA's headers | Run on NVIDIA's hardware |
|---|---|---|---|---|
| generated nvinfer and nvtracker files | yes: syntax, keys, ranges | yes | - | never |
| the graph for NVIDIA: elements, properties, memory | yes: catalogue | no: decoder, converter and encoder are others | - | never |
| the addon: host, taps, metadata encoder | yes (native, sanitizers) | yes | yes, 9.1 | never |
| layouts and functions of the metadata API | asserted when tests are compiled | yes | yes, 9.1 | never |
| custom parsers | yes (native) | yes | no: TensorRT's headers are needed | never |
| mux, detector, tracker, demux, OSD: behaviour | - | yes: this page | - | never |
| TensorRT engines, NVDEC, NVJPEG, speed, memory | - | no | - | never |
| streams, supervisor, NATS, control API | yes | yes (e2e) | - | never |
`;

export function conformancePage({ summary, rows }: ConformanceReport): string {
  return [
    INTRO,
    '## The stand-in\n\n',
    summaryTable(summary).join('\n'),
    '\n\n### Known deviations\n\n',
    ...deviations().map((known) => `${known.number}. ${known.text} ${shownBy(rows, known.number)}\n`),
    OTHER_RELEASES,
  ].join('');
}

function shownBy(rows: readonly Row[], number: number): string {
  const count = rows.filter((row) => row.deviation === number).length;
  if (count === 0) return '(no question shows it)';
  return count === 1 ? '(1 question)' : `(${count} questions)`;
}
