/** What is asked of the elements and what they answer, noted for the report (conformance-reporter.ts). */
import { beforeAll, expect, TestRunner } from 'vitest';
import { type Group, type Row, shown } from '../../src/conformance/report.js';
import { providerUnderTest } from './provider.js';

export interface Topic {
  readonly group: Group;
  /** Where the facts come from, in NVIDIA's terms. */
  readonly source: string;
}

/** A row before it is known which test it belongs to. */
export type Answer = Pick<Row, 'expected' | 'answer' | 'verdict' | 'deviation'> & {
  readonly detail?: string;
};

declare module '@vitest/runner' {
  interface TaskMeta {
    topic?: Topic;
    answers?: Answer[];
  }
}

/** What the tests of this file, or of this describe, ask about. */
export function about(group: Group, source: string): void {
  beforeAll(({}, suite) => {
    suite.meta.topic = { group, source };
  });
}

/** Holds an answer against what is known. `detail`: what is meant, where one test asks more than one thing. */
export function answer(seen: unknown, expected: unknown, detail?: string): void {
  note(
    { expected: shown(expected), answer: shown(seen), verdict: isEqual(seen, expected) ? 'same' : 'differs' },
    detail,
  );
  expect(seen).toEqual(expected);
}

/** What the facts leave open: the stand-in is held to its own word, NVIDIA's element is only listened to. */
export function openAnswer(seen: unknown, ofTheStandin: unknown, detail?: string): void {
  note({ expected: 'not known', answer: shown(seen), verdict: 'unknown' }, detail);
  if (providerUnderTest().name === 'standin') expect(seen).toEqual(ofTheStandin);
}

/** Where the stand-in is known to answer otherwise: `ofNvidia` is what is known, in words. */
export function deviation(number: number, seen: unknown, ofNvidia: string, detail?: string): void {
  note({ expected: ofNvidia, answer: shown(seen), verdict: 'differs', deviation: number }, detail);
}

function note(row: Answer, detail: string | undefined): void {
  const test = TestRunner.getCurrentTest();
  if (!test) throw new Error('an answer outside of a test');
  (test.meta.answers ??= []).push({ ...row, ...(detail !== undefined && { detail }) });
}

function isEqual(seen: unknown, expected: unknown): boolean {
  try {
    expect(seen).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}
