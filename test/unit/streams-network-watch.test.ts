import { expect, test } from 'vitest';
import { watchNetwork } from '../../src/streams/network-watch.js';
import { FakeClock } from '../support/fake-clock.js';

function watched() {
  const clock = new FakeClock();
  const appeared: string[][] = [];
  const interfaces: Record<string, { address: string; internal: boolean }[]> = {
    lo: [{ address: '127.0.0.1', internal: true }],
    eth0: [{ address: '192.0.2.7', internal: false }],
  };
  const network = { broken: false };
  const stop = watchNetwork({
    clock,
    interfaces: () => {
      if (network.broken) throw new Error('uv_interface_addresses');
      return interfaces;
    },
    onAppeared: (addresses) => appeared.push([...addresses]),
  });
  return { clock, appeared, interfaces, network, stop };
}

test('an address that appears is told within a second, once', () => {
  const { clock, appeared, interfaces } = watched();
  clock.advance(5_000);
  interfaces.eth1 = [{ address: '198.51.100.1', internal: false }];
  clock.advance(1_000);
  expect(appeared).toEqual([['eth1 198.51.100.1']]);
  clock.advance(5_000);
  expect(appeared).toHaveLength(1);
});

test('an address that comes back is told again; one that goes, or is internal, is not', () => {
  const { clock, appeared, interfaces } = watched();
  const eth0 = interfaces.eth0 ?? [];
  delete interfaces.eth0;
  interfaces.lo?.push({ address: '127.0.0.2', internal: true });
  clock.advance(3_000);
  expect(appeared).toEqual([]);
  interfaces.eth0 = eth0;
  clock.advance(1_000);
  expect(appeared).toEqual([['eth0 192.0.2.7']]);
});

test('a system that does not answer for a moment has not lost its addresses', () => {
  const { clock, appeared, network } = watched();
  network.broken = true;
  clock.advance(2_000);
  network.broken = false;
  clock.advance(2_000);
  expect(appeared).toEqual([]);
});

test('nothing is left when it is stopped', () => {
  const { clock, stop } = watched();
  clock.advance(2_500);
  stop();
  expect(clock.scheduled).toBe(0);
});
