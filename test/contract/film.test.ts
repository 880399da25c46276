/** What weir doctor --deep asks of a pipeline of the addon, asked here of the build under test. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filmRun } from '../../src/conformance/film-run.js';
import type { Row } from '../../src/conformance/report.js';
import { specToAsk } from '../../src/conformance/spec-to-ask.js';
import { loadBinding } from '../../src/native/loader.js';
import { buildDir, footage } from '../support/paths.js';
import { withTempDir } from '../support/temp.js';
import { about, answer } from './ask.js';

about(
  'run',
  'DeepStream 9.1 reference apps that add and remove sources; gst-nvtracker: metadata, PAD_DELETED',
);

/** NVIDIA's nvinfer may have an engine to build. */
const TIMEOUT_MS = 15 * 60_000;

test('a film, twice', { timeout: TIMEOUT_MS }, async () => {
  const addon = join(buildDir, 'weir.node');
  const spec = specToAsk();
  if (!spec) throw new Error('the smallest spec does not validate');
  const rows: Row[] = [];
  const film = { path: footage('vtest-576.h264'), fps: 10 };
  const env = { ...process.env, WEIR_ADDON: addon };
  await withTempDir((dir) =>
    filmRun({ binding: loadBinding([addon]), spec, dir, film, env }, (row) => void rows.push(row)),
  );
  for (const row of rows) answer(row.answer, row.expected, row.question);
  expect(rows.length).toBeGreaterThan(8);
});
