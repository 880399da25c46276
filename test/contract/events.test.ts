/** Events and messages of a graph, from the mux on: their numbers, contents and order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withTempDir } from '../support/temp.js';
import { about, answer, openAnswer } from './ask.js';
import { type Dump, type DumpedLine, metadump, pushedSource } from './metadump.js';
import { trackerLibrary, writeDetector, writeTracker } from './synthetic.js';

const { headers } = JSON.parse(readFileSync(new URL('data/metadata-abi.json', import.meta.url), 'utf8')) as {
  headers: Record<string, { enums: Record<string, Record<string, number>> }>;
};
const STREAM_EVENTS = headers['gst-nvevent.h']?.enums.GstNvEventType ?? {};
const CUSTOM_EVENTS = headers['gst-nvdscustomevent.h']?.enums.GstNvDsCustomEventType ?? {};

const SEQUENCE =
  'DeepStream 9.1 gst-nvmultistream2 and the guide on the legacy mux: events; reference apps that add and remove sources';

about('ordering', SEQUENCE);

const NEVER = 600_000_000;

const mux = (settings: string): string => `nvstreammux name=last width=640 height=360 ${settings}`;
const sink = '! fakesink async=false sync=false';
const two = `${pushedSource('a')} ! last.sink_0 ${pushedSource('b')} ! last.sink_1`;

/** Names of what was seen, in order; pad events and frames with their pad: `stream-eos 1`. */
function names(lines: readonly DumpedLine[]): string[] {
  return lines.flatMap((line) => {
    if ('frame' in line) return [`frame ${line.pad}`];
    if ('event' in line) return [line.pad === undefined ? line.event : `${line.event} ${line.pad}`];
    return [];
  });
}

const run = (settings: string, script: readonly string[], inputs = two): Promise<Dump> =>
  metadump(`${inputs} ${mux(settings)} ${sink}`, { script });

describe('a stream', () => {
  test('is announced before its first picture', async () => {
    const dump = await run('batch-size=2 batched-push-timeout=1000', [
      ...['push a 0', 'wait frame 1', 'push b 0', 'wait frame 2', 'quit'],
    ]);
    const seen = names(dump.lines);
    for (const pad of [0, 1]) {
      expect(seen).toContain(`pad-added ${pad}`);
      expect(seen.indexOf(`pad-added ${pad}`)).toBeLessThan(seen.indexOf(`frame ${pad}`));
    }
    const plain = ['stream-start', 'caps', 'segment', 'frame 0'].map((name) => seen.indexOf(name));
    expect(plain[0]).toBeGreaterThanOrEqual(0);
    answer(
      plain,
      [...plain].sort((a, b) => a - b),
      'places of stream-start, caps, segment, frame',
    );
  });

  test('ends with STREAM_EOS after its last picture, and a message of the same name', async () => {
    const dump = await run('batch-size=2 batched-push-timeout=1000 drop-pipeline-eos=1', [
      ...['push a 0', 'push a 100', 'end a', 'wait stream-eos', 'wait element/stream-eos'],
      ...['push b 100', 'wait frame 3', 'quit'],
    ]);
    const seen = names(dump.lines).filter((name) => /^(frame 0|stream-eos)/.test(name));
    answer(seen, ['frame 0', 'frame 0', 'stream-eos 0']);
    answer(dump.elements, [{ element: 'stream-eos', pad: 0 }], 'message');
  });

  test('whose end comes while the batch is not full loses nothing', async () => {
    const dump = await run(`batch-size=4 batched-push-timeout=-1`, [
      ...['push a 0', 'end a', 'push b 0', 'end b', 'wait eos'],
    ]);
    answer(dump.frames.map((f) => f.pad).sort(), [0, 1]);
    expect(dump.errors).toEqual([]);
  });
});

describe('the end', () => {
  const ends = ['push a 0', 'push b 0', 'end a', 'end b', 'wait stream-eos 2'];

  test('comes once, when all streams have ended', async () => {
    const dump = await run('batch-size=2 batched-push-timeout=1000', [...ends, 'wait eos']);
    const seen = names(dump.lines).filter((name) => name.includes('eos'));
    answer([...seen.slice(0, 2).sort(), ...seen.slice(2)], ['stream-eos 0', 'stream-eos 1', 'eos']);
  });

  test('never comes with drop-pipeline-eos: a later stream plays', async () => {
    const dump = await run('batch-size=3 batched-push-timeout=1000 drop-pipeline-eos=1', [
      ...ends,
      ...[`add later last.sink_2 ${pushedSource('c')}`, 'push c 0', 'push c 100', 'end c'],
      ...['wait frame 4', 'wait stream-eos 3', 'quit'],
    ]);
    answer(
      names(dump.lines).filter((name) => name === 'eos'),
      [],
      'ends of the pipeline',
    );
    answer(dump.frames.filter((f) => f.pad === 2).length, 2, 'frames of the later stream');
  });
});

describe('a released pad', () => {
  const add = `add in last.sink_1 ${pushedSource('x')}`;
  const one = `${pushedSource('a')} ! last.sink_0`;
  const leave = ['send last.sink_1 eos', 'wait stream-eos 1', 'remove in', 'wait pad-deleted 1'];
  const settings = `batch-size=4 batched-push-timeout=1000 drop-pipeline-eos=1 live-source=1`;

  test('sends PAD_DELETED behind its STREAM_EOS, and the others play on', async () => {
    const dump = await run(
      settings,
      ['push a 0', add, 'push x 0', 'wait frame 2', ...leave, 'push a 100', 'wait frame 3', 'quit'],
      one,
    );
    const seen = names(dump.lines).filter((name) => name.endsWith(' 1'));
    answer(
      seen.filter((name) => /^(pad-added|frame|stream-eos|pad-deleted) /.test(name)),
      ['pad-added 1', 'frame 1', 'stream-eos 1', 'pad-deleted 1'],
    );
    expect(names(dump.lines).at(-1)).toBe('frame 0');
    expect(dump.errors).toEqual([]);
  });

  /** A stream that comes and goes and was the only one. */
  const alone = [
    'play',
    add,
    'push x 0',
    'wait frame 1',
    'send last.sink_1 eos',
    'wait stream-eos 1',
    'remove in',
  ];
  const course = (dump: Dump): string[] => names(dump.lines).filter((name) => /^(frame|eos)/.test(name));

  test('that was the last one ends the pipeline without drop-pipeline-eos', async () => {
    const mux = 'batch-size=4 batched-push-timeout=1000 live-source=1';
    const dump = await run(mux, [...alone, 'wait eos'], '');
    answer(course(dump), ['frame 1', 'eos']);
  });

  test('that was the last one leaves the pipeline playing with drop-pipeline-eos', async () => {
    const later = ['wait pad-deleted 1', add, 'push x 0', 'wait frame 2', 'quit'];
    const dump = await run(settings, [...alone, ...later], '');
    answer(course(dump), ['frame 1', 'frame 1']);
  });

  const again = [
    'push a 0',
    add,
    'push x 0',
    'wait frame 2',
    ...leave,
    add,
    'push x 0',
    'wait frame 3',
    'quit',
  ];

  test('can be requested again', async () => {
    const dump = await run(settings, again, one);
    const seen = names(dump.lines).filter((name) => /^(pad-added|frame|pad-deleted) 1/.test(name));
    answer(seen, ['pad-added 1', 'frame 1', 'pad-deleted 1', 'pad-added 1', 'frame 1']);
  });

  test('counts its frames from 0 again', async () => {
    const dump = await run(settings, again, one);
    const numbers = dump.frames.filter((f) => f.pad === 1).map((f) => f.frame);
    openAnswer(numbers, [0, 0]);
  });
});

describe('behind nvinfer and nvtracker', () => {
  about(
    'events',
    'DeepStream 9.1 includes/gst-nvevent.h, gst-nvdscustomevent.h; gst-nvinfer and gst-nvtracker: event handling',
  );

  /** Sees a graph with both. `script` plays; what is dumped passed the tracker. */
  function graph(script: readonly string[], infer = ''): Promise<Dump> {
    return withTempDir(async (dir) => {
      const config = await writeDetector(join(dir, 'detector.txt'));
      const tracker = await writeTracker(join(dir, 'tracker.yml'));
      const elements = [
        `${two} nvstreammux name=m width=640 height=360 batch-size=2 batched-push-timeout=${NEVER}`,
        `nvinfer name=i ${infer} config-file-path=${config}`,
        `nvtracker name=t ll-lib-file=${trackerLibrary()} ll-config-file=${tracker}`,
      ];
      const pipeline = `${elements.join(' ! ')} ${sink}`.replaceAll('last.', 'm.');
      return metadump(pipeline, { pads: ['t.src'], script });
    });
  }

  const both = (pts: number): string[] => [`push a ${pts}`, `push b ${pts}`];

  test('all of them pass, in the same order, with numbers as measured', async () => {
    const dump = await graph([...both(0), ...both(100), 'end a', 'end b', 'wait t.src/eos']);
    const seen = names(dump.lines);
    for (const pad of [0, 1]) {
      const own = seen.filter((name) => new RegExp(`^(pad-added|frame|stream-eos) ${pad}$`).test(name));
      answer(own, [`pad-added ${pad}`, `frame ${pad}`, `frame ${pad}`, `stream-eos ${pad}`], `stream ${pad}`);
    }
    const values = Object.fromEntries(dump.events.map((e) => [e.event, e.type]));
    answer(values['pad-added'], STREAM_EVENTS.GST_NVEVENT_PAD_ADDED, 'number of PAD_ADDED');
    answer(values['stream-eos'], STREAM_EVENTS.GST_NVEVENT_STREAM_EOS, 'number of STREAM_EOS');
  });

  test('STREAM_EOS is a structure of the name and field that other readers rely on', async () => {
    const dump = await graph([...both(0), 'end b', 'wait t.src/stream-eos', 'quit']);
    const [eos] = dump.events.filter((e) => e.event === 'stream-eos');
    answer(eos?.structure, 'nv-stream-eos, source-id=(uint)1;');
  });

  test('INFER_INTERVAL_UPDATE changes the interval of the whole element and is handed on', async () => {
    const dump = await graph([
      ...[...both(0), ...both(100), 'wait t.src/batch 2', 'send i.sink interval 2'],
      ...[200, 300, 400, 500].flatMap(both),
      ...['wait t.src/batch 6', 'quit'],
    ]);
    const inferred = dump.batches.map((_, i) => dump.frames.slice(2 * i, 2 * i + 2).map((f) => f.inferred));
    // The counter runs on: the batches whose number is a multiple of 3 follow.
    answer(
      inferred,
      [0, 1, 2, 3, 4, 5].map((n) => (n < 2 || n % 3 === 0 ? [true, true] : [false, false])),
      'inferred, by batch and stream',
    );
    const [update] = dump.events.filter((e) => e.event === 'infer-interval-update');
    answer(update?.type, CUSTOM_EVENTS.GST_NVEVENT_INFER_INTERVAL_UPDATE, 'number of the event');
  });
});
