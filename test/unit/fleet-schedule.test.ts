/** The schedule of the chaos scenario: reproducible, complete, and always something that could happen. */
import { describe, expect, test } from 'vitest';
import {
  type ChaosEvent,
  FAULTS,
  schedule,
  type ScheduleOptions,
  type Transport,
} from '../support/fleet/schedule.js';

const transport = (camera: number): Transport => (camera % 3 === 0 ? 'udp' : 'tcp');
const options = (more: Partial<ScheduleOptions> = {}): ScheduleOptions => ({
  seed: 1,
  cameras: 32,
  witnesses: [0, 1, 15, 31],
  transport,
  events: 1_000,
  durationMs: 200_000,
  ...more,
});
const SEEDS = [1, 2, 3, 2 ** 32 - 1];
const chosen = (events: readonly ChaosEvent[]): ChaosEvent[] => events.filter((e) => e.do !== 'clear');

/** Whether an operator has something to do after this. */
const isMended = (event: ChaosEvent | undefined): boolean =>
  event?.do === 'clear' && FAULTS[event.fault.kind]?.operator === true;

test('the same seed gives the same schedule, another seed another one', () => {
  expect(schedule(options())).toEqual(schedule(options()));
  expect(schedule(options())).not.toEqual(schedule(options({ seed: 2 })));
});

test('it stays the same from one version to the next: a seed in a report can be repeated', () => {
  expect(schedule(options({ events: 5, durationMs: 5_000 }))).toMatchInlineSnapshot(`
    [
      {
        "at": 408,
        "camera": 27,
        "do": "fault",
        "fault": {
          "fraction": 0.5,
          "kind": "loss",
          "seed": 637321,
        },
        "until": 3784,
      },
      {
        "at": 749,
        "camera": 26,
        "do": "fault",
        "fault": {
          "kind": "refuse",
        },
        "until": 4267,
      },
      {
        "at": 1839,
        "camera": 4,
        "do": "update",
        "place": 0,
        "transport": "udp",
      },
      {
        "at": 3506,
        "camera": 19,
        "do": "fault",
        "fault": {
          "kind": "frozenPicture",
        },
        "until": 5000,
      },
      {
        "at": 3784,
        "camera": 27,
        "do": "clear",
        "fault": {
          "fraction": 0.5,
          "kind": "loss",
          "seed": 637321,
        },
      },
      {
        "at": 4102,
        "camera": 4,
        "do": "update",
        "place": 0,
        "transport": "tcp",
      },
      {
        "at": 4267,
        "camera": 26,
        "do": "clear",
        "fault": {
          "kind": "refuse",
        },
      },
      {
        "at": 5000,
        "camera": 19,
        "do": "clear",
        "fault": {
          "kind": "frozenPicture",
        },
      },
    ]
  `);
});

describe.each(SEEDS)('seed %i', (seed) => {
  const events = schedule(options({ seed }));

  test('is in order of time, within the time given', () => {
    const times = events.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Math.max(...times)).toBeLessThanOrEqual(200_000);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
  });

  test('has the operations and faults that were asked for, of every kind', () => {
    const byOperator = events.filter(({ at, camera, do: what }, i) => {
      const before = events[i - 1];
      return what === 'restart' && isMended(before) && before?.at === at && before.camera === camera;
    });
    expect(chosen(events).length - byOperator.length).toBe(1_000);
    const kinds = new Set(events.flatMap((e) => (e.do === 'fault' ? [e.fault.kind] : [])));
    expect([...kinds].sort()).toEqual(Object.keys(FAULTS).sort());
    expect(new Set(events.map((e) => e.do))).toEqual(
      new Set(['add', 'remove', 'restart', 'update', 'fault', 'clear']),
    );
  });

  test('leaves the witnesses alone', () => {
    expect(events.filter(({ camera }) => [0, 1, 15, 31].includes(camera))).toEqual([]);
    expect(new Set(events.map(({ camera }) => camera)).size).toBe(28);
  });

  test('adds who is away, and touches only who is there', () => {
    const present = new Set(Array.from({ length: 32 }, (_, camera) => camera));
    for (const event of events) {
      if (event.do === 'clear') continue;
      expect(present.has(event.camera), JSON.stringify(event)).toBe(event.do !== 'add');
      if (event.do === 'add') present.add(event.camera);
      if (event.do === 'remove') present.delete(event.camera);
      expect(present.size).toBeGreaterThanOrEqual(25);
    }
  });

  test('does one thing at a time to a camera, and ends what it began', () => {
    const suffering = new Map<number, string>();
    for (const event of events) {
      if (event.do === 'fault') {
        expect(suffering.get(event.camera), JSON.stringify(event)).toBeUndefined();
        if (FAULTS[event.fault.kind]?.seconds) suffering.set(event.camera, event.fault.kind);
        expect(event.until).toBeGreaterThanOrEqual(event.at);
      }
      if (event.do === 'clear') {
        expect(suffering.get(event.camera)).toBe(event.fault.kind);
        suffering.delete(event.camera);
      }
    }
    expect([...suffering]).toEqual([]);
  });

  test('spoils packets of cameras only while they come by UDP', () => {
    const carried = Array.from({ length: 32 }, (_, camera) => transport(camera));
    for (const event of events) {
      if (event.do === 'update') carried[event.camera] = event.transport;
      if (event.do === 'fault' && FAULTS[event.fault.kind]?.udpOnly) {
        expect(carried[event.camera], JSON.stringify(event)).toBe('udp');
      }
    }
  });

  test('lets an operator try a mended camera again that would be left alone for minutes', () => {
    for (const [i, event] of events.entries()) {
      if (!isMended(event)) continue;
      const removed = events
        .slice(0, i)
        .findLast((e) => e.camera === event.camera && /add|remove/.test(e.do));
      if (removed?.do !== 'remove')
        expect(events[i + 1]).toMatchObject({ do: 'restart', camera: event.camera });
    }
  });
});
