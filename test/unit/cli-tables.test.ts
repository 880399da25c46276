import { describe, expect, it } from 'vitest';
import { formatTable, LiveTable } from '../../src/cli/table.js';
import { age, cut, fit } from '../../src/cli/text.js';
import { WatchTable } from '../../src/cli/watch-table.js';

describe('tables', () => {
  it('align their columns without colour', () => {
    const columns = [
      { head: 'stream', text: (row: { id: string; n: number }) => row.id },
      { head: 'n', right: true, text: (row: { id: string; n: number }) => String(row.n) },
    ];
    const text = formatTable(columns, [
      { id: 'a', n: 5 },
      { id: 'long-one', n: 100 },
    ]);
    expect(text).toBe('stream      n\na           5\nlong-one  100');
  });

  it('are redrawn in place on a terminal, and printed now and then elsewhere', () => {
    const out = (isTTY: boolean) => {
      const written: string[] = [];
      const stream = { isTTY, columns: 4, write: (text: string) => written.push(text) };
      return [new LiveTable(stream as unknown as NodeJS.WriteStream), written] as const;
    };
    const [live, frames] = out(true);
    for (const text of ['a\nb', 'wider']) live.show(text);
    expect(frames).toEqual(['\x1b[Ja\nb\n', '\x1b[2A\x1b[Jwide\n']);
    const [plain, lines] = out(false);
    plain.show('one');
    plain.show('two');
    plain.show('last', true);
    expect(lines).toEqual(['one\n\n', 'last\n\n']);
  });

  it('fit the terminal: lines are cut by what is seen of them, and what has no room is counted', () => {
    expect(cut('\x1b[32mlive\x1b[39m and well', 7)).toBe('\x1b[32mlive\x1b[39m an');
    expect(fit('narrow\nwider than that', { isTTY: true, columns: 6 })).toBe('narrow\nwider ');
    expect(fit('as it is', { isTTY: false, columns: 2 })).toBe('as it is');
    const written: string[] = [];
    const out = { isTTY: true, columns: 80, rows: 4, write: (text: string) => written.push(text) };
    new LiveTable(out as unknown as NodeJS.WriteStream).show('1\n2\n3\n4');
    expect(written).toEqual(['\x1b[J1\n2\n… 2 more lines\n']);
  });

  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [7_199_000, '1 h'],
    [86_400_000 * 3, '3 d'],
    [-5_000, '0 s'],
  ])('say of %d ms ago: %s', (ms, text) => {
    expect(age(new Date(1e12 - ms).toISOString(), 1e12)).toBe(text);
  });

  it('of watched streams show rates, states, what is wrong and what happens next', () => {
    let now = 0;
    const wall = () => Date.parse('2026-11-22T19:00:00Z') + now;
    const table = new WatchTable(() => now, wall);
    const detections = (inferred: boolean) =>
      Buffer.from(
        JSON.stringify({
          schema: 'weir.detections.v1',
          ...{ stream: 'cam-10', inferred, objects: [{ id: '1' }, { id: '2' }, {}] },
        }),
      );
    for (let i = 0; i < 50; i++) {
      now += 100;
      table.add('detections', detections(i % 2 === 0));
    }
    const status = (message: object) => table.add('status', Buffer.from(JSON.stringify(message)));
    const troubles = [{ kind: 'packet-loss', since: '2026-11-22T19:00:00Z', message: '5 % lost' }];
    const next = (action: string) => ({ action, at: '2026-11-22T19:00:07.500Z' });
    status({ stream: 'cam-10', state: 'live', troubles });
    status({ stream: 'cam-2', state: 'waiting', cause: 'refused', message: 'no', next: next('connect') });
    status({
      stream: 'cam-3',
      state: 'connecting',
      phase: 'handshake',
      troubles: [],
      next: next('reconnect'),
    });
    status({ stream: 'cam-4', state: 'stopped' });
    const event = (message: object) => table.add('events.lost', Buffer.from(JSON.stringify(message)));
    for (const time of ['2026-11-22T18:00:00Z', '2026-11-22T18:59:00Z'])
      event({ stream: 'cam-2', kind: 'lost', time });
    for (const odd of [
      { kind: 'lost' },
      { stream: 'gone', kind: 'lost', time: '' },
      { stream: 'cam-3', kind: 1 },
      { stream: 'cam-3', kind: 'lost', time: 'noon' },
    ])
      event(odd);
    for (const odd of ['not JSON', 'null', '[]', '{"stream":1}', '{"stream":"cam-4"}'])
      table.add('detections', Buffer.from(odd));
    expect(table.render()).toBe(
      [
        'stream  state                  messages/s  inferences/s  objects  tracks  next              last event      why',
        'cam-2   waiting                       0.0           0.0        -       -  connect in 3 s    lost 1 min ago  refused: no',
        'cam-3   connecting: handshake         0.0           0.0        -       -  reconnect in 3 s',
        'cam-4   stopped                       0.0           0.0        -       -',
        'cam-10  live                         10.0           5.0        3       2                                    packet-loss: 5 % lost',
      ].join('\n'),
    );
    now += 10_001;
    expect(table.render()).toMatch(/cam-2 .* connect now +lost 1 min ago +refused/);
    expect(table.render()).toMatch(/cam-10 +live +0\.0 +0\.0 +- +- +packet-loss/);
    expect(table.render()).not.toContain('cam-4');
  });
});
