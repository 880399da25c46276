/**
 * Writes what was asked and answered: `--outputFile.conformance=FILE.json`, and FILE.md beside it. After a complete
 * run on the stand-in docs/conformance.md must say the same.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';
import { markdown } from '../../scripts/conformance/markdown.js';
import { conformancePage } from '../../scripts/conformance/page.js';
import { packageVersion } from '../../src/cli/version.js';
import { type ConformanceReport, conformanceReport, type Row, shown } from '../../src/conformance/report.js';
import { versions } from '../../src/conformance/versions.js';
import { thisMachine } from '../../src/device/machine.js';
import { loadBinding } from '../../src/native/loader.js';
import { buildDir, root } from '../support/paths.js';
import type { Topic } from './ask.js';

const FOLDER = 'test/contract';
const PAGE = 'docs/conformance.md';

export default class ConformanceReporter implements Reporter {
  #vitest!: Vitest;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const asked = modules.filter((module) => relative(root, module.moduleId).startsWith(`${FOLDER}/`));
    if (asked.length === 0) return;
    const rows = asked.flatMap((module) => [...module.children.allTests()].flatMap(rowsOf));
    const binding = loadBinding([join(buildDir, 'weir.node')]);
    const report = conformanceReport(await versions(packageVersion(), binding, thisMachine), rows);
    this.#write(report);
    if (isComplete(this.#vitest, asked) && report.versions.provider === 'standin') comparePage(report);
  }

  #write(report: ConformanceReport): void {
    const { outputFile } = this.#vitest.config;
    const file = typeof outputFile === 'object' ? outputFile.conformance : undefined;
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(report, null, 1)}\n`);
    writeFileSync(file.replace(/\.json$/, '.md'), markdown(report));
    console.log(`\nwritten: ${file} and, to be read, ${file.replace(/\.json$/, '.md')}`);
  }
}

/** Whether every test of the folder ran, and none failed. */
function isComplete({ config }: Vitest, asked: readonly TestModule[]): boolean {
  const files = readdirSync(join(root, FOLDER)).filter((name) => name.endsWith('.test.ts'));
  return asked.length === files.length && !config.testNamePattern && asked.every((module) => module.ok());
}

function comparePage(report: ConformanceReport): void {
  if (readFileSync(join(root, PAGE), 'utf8') === conformancePage(report)) return;
  console.error(`${PAGE} does not say what was answered; run: npx tsx scripts/conformance.ts`);
  process.exitCode = 1;
}

/** Rows of what is not about the elements (tests of the tests) are none. */
function rowsOf(test: TestCase): Row[] {
  const topic = topicOf(test);
  if (!topic) return [];
  const { state, errors } = test.result();
  const question = questionOf(test);
  if (state === 'skipped' || state === 'pending') {
    return [{ ...topic, question, expected: 'yes', answer: 'not asked', verdict: 'unknown' }];
  }
  const answers = (test.meta().answers ?? []).map(({ detail, ...answer }): Row => {
    return { ...topic, question: detail === undefined ? question : `${question}: ${detail}`, ...answer };
  });
  if (state === 'passed' && answers.length > 0) return answers;
  if (state === 'failed' && answers.some((row) => row.verdict === 'differs' && row.deviation === undefined)) {
    return answers;
  }
  const answer = state === 'passed' ? 'yes' : shown(errors?.[0]?.message ?? 'it failed');
  const verdict = state === 'passed' ? 'same' : 'differs';
  return [...answers, { ...topic, question, expected: 'yes', answer, verdict }];
}

/** That of the nearest suite around the test. */
function topicOf(test: TestCase): Topic | undefined {
  for (let place: TestSuite | TestModule = test.parent; ; place = place.parent) {
    const { topic } = place.meta();
    if (topic || place.type === 'module') return topic;
  }
}

/** The element, where the file is about one, then the test's name behind those of its suites. */
function questionOf(test: TestCase): string {
  const element = /\/(nv\w+)[^/]*$/.exec(test.module.moduleId)?.[1];
  const name = test.fullName.replaceAll(' > ', ' ');
  return element === undefined ? name : `${element}: ${name}`;
}
