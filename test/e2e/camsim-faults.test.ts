import { once } from 'node:events';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import type { CameraFault } from '../support/camsim.js';
import {
  comes,
  ended,
  FaultyCameras,
  framesCome,
  isReport,
  openUdpPorts,
  RTCP,
  RTP,
  staysSilent,
} from '../support/faulty-cameras.js';
import { until } from '../support/wait.js';

describe('the link of a camera', () => {
  const cameras = new FaultyCameras({ ownPort: true });
  const begin = (fault: CameraFault): Promise<void> => cameras.camsim.fault('cam1', fault);
  afterEach(() => cameras.camsim.clear());

  it('has a port of its own', () => {
    const ports = ['cam1', 'cam2'].map((id) => Number(new URL(cameras.uri(id)).port));
    expect(new Set([...ports, cameras.camsim.port]).size).toBe(3);
  });

  it('refuses connections and resets existing ones, until cleared', async () => {
    await using before = await cameras.watching();
    await using other = await cameras.watching('cam2');
    await begin({ kind: 'refuse' });
    await ended(before);
    await using during = cameras.client();
    expect(await ended(during)).toBe('refused');
    await comes(other, 5);
    await cameras.camsim.clear('cam1');
    await using after = await cameras.watching();
    expect(after.end).toBeUndefined();
  });

  it('is reset by a kill, and can be used again at once', async () => {
    await using before = await cameras.watching();
    await using other = await cameras.watching('cam2');
    await begin({ kind: 'freeze' });
    expect(await staysSilent(before, other)).toBe(true);
    await begin({ kind: 'kill' });
    expect(await ended(before)).toBe('reset');
    await cameras.camsim.clear();
    await using after = await cameras.watching();
    expect(after.end).toBeUndefined();
    expect((await cameras.stats()).viewers).toHaveLength(1);
  });

  it('has one stream for all who come after a kill', async () => {
    for (let time = 0; time < 5; time++) {
      await using before = await cameras.watching();
      await begin({ kind: 'kill' });
      await using first = await cameras.watching();
      await ended(before);
      await using second = await cameras.watching();
      await framesCome(first, 3);
      await framesCome(second, 3);
    }
  });

  it('flaps', async () => {
    await begin({ kind: 'flap', everySeconds: 0.5 });
    for (let time = 0; time < 3; time++) {
      await using client = cameras.client();
      await client.play(cameras.uri());
      await ended(client);
    }
    await cameras.camsim.clear();
    await using client = await cameras.watching();
    await framesCome(client, 20);
    expect(client.end).toBeUndefined();
  });

  it('lets nothing pass in a black hole, and goes on afterwards', async () => {
    await using before = await cameras.watching();
    await using other = await cameras.watching('cam2');
    await begin({ kind: 'blackhole' });
    expect(await staysSilent(before, other)).toBe(true);
    await using during = cameras.client();
    const answer = during.ask('OPTIONS', cameras.uri());
    await framesCome(other, 10);
    expect([before.end, during.end]).toEqual([undefined, undefined]);
    await cameras.camsim.clear('cam1');
    expect(await answer).toContain('200 OK');
    await comes(before, 5);
  });

  it('is a black hole for UDP too, sender reports included, and can be killed', async () => {
    using udp = await openUdpPorts();
    const received = (): number => udp.received[RTP] + udp.received[RTCP];
    await using client = cameras.client();
    await using other = await cameras.watching('cam2');
    const silent = async (): Promise<boolean> => {
      await framesCome(other, 3);
      const before = received();
      await framesCome(other, 10);
      return received() === before;
    };
    await client.play(cameras.uri(), udp.transport);
    await until('packets come', () => received() > 5);
    await begin({ kind: 'blackhole' });
    expect(await silent()).toBe(true);
    expect((await cameras.stats()).framesWithheld.blackhole).toBeGreaterThan(5);
    await cameras.camsim.clear('cam1');
    const before = received();
    await until('packets come', () => received() > before + 5);
    await begin({ kind: 'kill' });
    expect(await silent()).toBe(true);
  });
});

describe('a camera', () => {
  const cameras = new FaultyCameras();
  const begin = (fault: CameraFault): Promise<void> => cameras.camsim.fault('cam1', fault);
  afterEach(() => cameras.camsim.clear());

  it.each([401, 403, 404, 454, 500, 503] as const)('answers %i to new requests', async (code) => {
    await using before = await cameras.watching();
    await begin({ kind: 'status', code });
    await using during = cameras.client();
    const describe = await during.ask('DESCRIBE', cameras.uri());
    const transport = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1';
    const setup = await during.ask('SETUP', `${cameras.uri()}/stream=0`, transport);
    expect([describe, setup].map((reply) => Number(reply.split(' ')[1]))).toEqual([code, code]);
    expect(/^WWW-Authenticate/m.test(describe)).toBe(code === 401);
    await comes(before, 5);
    await cameras.camsim.clear();
    expect(await during.ask('DESCRIBE', cameras.uri())).toContain('200 OK');
  });

  it('drops those who watch too, if asked', async () => {
    await using before = await cameras.watching();
    await begin({ kind: 'status', code: 503, drop: true });
    await ended(before);
  });

  it.each([true, false])('freezes; sender reports go on: %s', async (rtcp) => {
    await using client = await cameras.watching();
    await using other = await cameras.watching('cam2');
    await client.packet(RTCP, isReport);
    await begin({ kind: 'freeze', rtcp });
    expect(await staysSilent(client, other)).toBe(true);
    await using late = cameras.client();
    await late.play(cameras.uri());
    const before = client.packets(RTCP).length;
    await comes(other, 2, RTCP);
    if (rtcp) await until('reports come', () => client.packets(RTCP).length > before);
    if (!rtcp) expect(client.packets(RTCP).length).toBe(before);
    expect(late.packets(RTP)).toEqual([]);
    await cameras.camsim.clear();
    await comes(client, 5);
    await comes(late, 5);
  });

  it('ends a fault by itself after its seconds', async () => {
    await using client = await cameras.watching();
    const fault: CameraFault = { kind: 'freeze', seconds: 0.3 };
    await begin(fault);
    expect((await cameras.stats()).faults).toEqual([fault]);
    await framesCome(client, 10);
    expect((await cameras.stats()).faults).toEqual([]);
  });

  it('is asked over its control port by many at once', async () => {
    const ask = async (line: string): Promise<string> => {
      const socket = createConnection(cameras.camsim.controlPort, '127.0.0.1');
      socket.write(`${line}\n`);
      const [answer] = (await once(createInterface(socket), 'line')) as [string];
      socket.destroy();
      return answer;
    };
    const fault = '{"op":"fault","camera":"cam1","kind":"loss","fraction":0.25,"seed":9007199254740991}';
    expect(await ask(fault)).toBe('{}');
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('{"op":"stats"}')));
    for (const answer of answers) {
      const { faults } = (JSON.parse(answer) as { cameras: [{ faults: unknown }] }).cameras[0];
      expect(faults).toEqual([{ kind: 'loss', fraction: 0.25, seed: 9007199254740991 }]);
    }
  });

  it.each([
    [{ kind: 'explode' }, /unknown kind "explode"; expected one of refuse, kill, flap, .*corrupt$/],
    [{ kind: 'loss' }, /loss: "fraction" is missing; expected a number from 0 to 1$/],
    [{ kind: 'loss', fraction: 2 }, /"fraction": expected a number from 0 to 1$/],
    [{ kind: 'loss', fraction: 0.1, speed: 1 }, /loss: unknown value "speed"$/],
    [{ kind: 'status', code: 418 }, /"code": expected 401, 403, 404, 454, 500 or 503$/],
    [{ kind: 'kill', seconds: 1 }, /kill: unknown value "seconds"$/],
    [{ kind: 'freeze', rtcp: 'maybe' }, /"rtcp": expected true or false$/],
    [{ kind: 'refuse' }, /refuse: needs "ownPort": true in the config$/],
    [{ kind: 'switch' }, /switch: "file" is missing/],
    [{ kind: 'switch', file: '/no.h264' }, /\/no\.h264: cannot be opened/],
  ])('refuses %j', async (fault, message) => {
    await expect(begin(fault as CameraFault)).rejects.toThrow(message);
    expect((await cameras.stats()).faults).toEqual([]);
  });
});
