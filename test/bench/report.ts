/**
 * Runs every benchmark, then writes docs/benchmarks.md and docs/images/bench. About half an hour; keep the machine quiet.
 * Usage: scripts/bench report [--only streams,batch] [--model nanodet-320x256] [--write yes|no|only]
 * With --only, the others keep what they found last; `--write only` measures nothing.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from '../support/paths.js';
import { Running } from '../support/process.js';
import { benchOptions } from './lib/options.js';
import { loadResult } from './lib/results.js';
import { benchmarksPage, type Part, type Results } from './report/page.js';

/** In this order; minutes are what each takes, about. */
const PARTS: Readonly<
  Record<Part, { readonly minutes: number; readonly model: boolean; readonly more?: readonly string[] }>
> = {
  metadata: { minutes: 5, model: false },
  overhead: { minutes: 2, model: true, more: ['--seconds', '10'] },
  streams: { minutes: 13, model: true },
  keyframes: { minutes: 4, model: true },
  batch: { minutes: 2.5, model: true },
  growth: { minutes: 2, model: false },
  profile: { minutes: 0.5, model: true },
};
const NOTES = join(root, 'test/bench/report/notes.md');
const DOCS = join(root, 'docs');

const { values } = benchOptions({ only: Object.keys(PARTS).join(), model: 'nanodet-320x256', write: 'yes' });
const program = (part: string): string => join(root, `test/bench/${part}.ts`);
const wanted = (values.only.split(',') as Part[]).filter((part) => existsSync(program(part)));

const began = Date.now();
const clock = (): string => {
  const seconds = Math.round((Date.now() - began) / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
};
const say = (text: string): void => console.error(`[${clock()}] ${text}`);

async function measure(part: Part): Promise<void> {
  const { minutes, model, more = [] } = PARTS[part];
  say(`${part}, about ${minutes} minutes`);
  const options = [...(model ? ['--model', values.model] : []), ...more];
  await using child = new Running(process.execPath, ['--import', 'tsx', program(part), ...options], {
    cwd: root,
  });
  let shown = 0;
  const show = (): void => {
    for (; shown < child.lines.length; shown++) say(`  ${child.lines[shown]}`);
  };
  const telling = setInterval(show, 500);
  const { code } = await child.ended();
  clearInterval(telling);
  show();
  if (code !== 0) throw new Error(`benchmark ${part} failed`);
}

if (values.write !== 'only') for (const part of wanted) await measure(part);
if (values.write !== 'no') {
  const results = Object.fromEntries(Object.keys(PARTS).map((part) => [part, loadResult(part)])) as Results;
  const { text, charts } = benchmarksPage(results, readFileSync(NOTES, 'utf8'));
  mkdirSync(join(DOCS, 'images/bench'), { recursive: true });
  const file = join(DOCS, 'benchmarks.md');
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
  for (const [name, svg] of Object.entries(charts)) writeFileSync(join(DOCS, 'images/bench', name), svg);
  say('wrote docs/benchmarks.md');
}
