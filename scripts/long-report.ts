/**
 * Writes docs/reports/long.md from the results of the long tests.
 * Usage: npx tsx scripts/long-report.ts RESULTS.json
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ScenarioFindings } from '../test/support/fleet/report.js';

interface Results {
  readonly startTime: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly duration?: number;
    }[];
  }[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const [file = 'build/long.json'] = process.argv.slice(2);
const results = JSON.parse(readFileSync(file, 'utf8')) as Results;

const rows = results.testResults
  .map((suite) => ({ file: relative(root, suite.name), tests: suite.assertionResults }))
  .filter((suite) => suite.file.startsWith('test/e2e/'))
  .sort((a, b) => a.file.localeCompare(b.file))
  .flatMap((suite) =>
    suite.tests.map(
      (t) => `| ${suite.file} | ${t.fullName} | ${t.status} | ${((t.duration ?? 0) / 1000).toFixed(0)} s |`,
    ),
  );
const others = results.testResults.filter((suite) => !relative(root, suite.name).startsWith('test/e2e/'));
const tests = others.flatMap((suite) => suite.assertionResults);
const count = (status: string): number => tests.filter((t) => t.status === status).length;

/** What scenarios of the fleet have left in build/reports; those of a short run are not told. */
function findings(name: string): string {
  const path = `${root}build/reports/${name}.json`;
  if (!existsSync(path)) return '';
  const report = JSON.parse(readFileSync(path, 'utf8')) as ScenarioFindings & { readonly form: string };
  if (report.form !== 'long') return '';
  return `\n## ${report.title}\n\nSeed ${report.seed}.\n\n${report.text.map((line) => `- ${line}`).join('\n')}\n`;
}

mkdirSync(`${root}docs/reports`, { recursive: true });
writeFileSync(
  `${root}docs/reports/long.md`,
  `# The scenarios at full length

Written by \`npm run test:long\` on ${new Date(results.startTime).toISOString().slice(0, 10)}: CPU stand-in, ${cpus().length} cores, Node ${process.versions.node}.

| File | Scenario | Outcome | Took |
|---|---|---|---|
${rows.join('\n')}

Unit and contract tests of the same run: ${count('passed')} passed, ${count('failed')} failed, ${tests.length - count('passed') - count('failed')} skipped.
${['chaos', 'storm', 'blackout'].map(findings).join('')}`,
);
