/**
 * Writes docs/conformance.md from what the stand-in answered.
 * Usage: npm run test:contract; npx tsx scripts/conformance.ts [build/conformance.json]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ConformanceReport, SCHEMA } from '../src/conformance/report.js';
import { conformancePage } from './conformance/page.js';

const [file = 'build/conformance.json'] = process.argv.slice(2);
const report = JSON.parse(readFileSync(file, 'utf8')) as ConformanceReport;
if (report.schema !== SCHEMA || report.versions.provider !== 'standin') {
  throw new Error(
    `${file} is no ${SCHEMA} of the stand-in; run npm run test:contract on a machine without DeepStream`,
  );
}
writeFileSync(fileURLToPath(new URL('../docs/conformance.md', import.meta.url)), conformancePage(report));
