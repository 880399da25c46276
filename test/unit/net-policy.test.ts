import { describe, expect, it } from 'vitest';
import { checkNetwork } from '../../src/net/index.js';
import { isNetwork } from '../../src/spec/networks.js';

/** Addresses no camera has, in every disguise, and the one reason given. */
const NEVER: readonly (readonly [address: string, reason: string])[] = [
  ['0.0.0.0', '0.0.0.0 is no address of a host'],
  ['0.1.2.3', '0.1.2.3 is no address of a host'],
  ['::', ':: is no address of a host'],
  ['0:0:0:0:0:0:0:0', '0:0:0:0:0:0:0:0 is no address of a host'],
  ['::ffff:0.0.0.0', '0.0.0.0 is no address of a host'],
  ['224.0.0.1', '224.0.0.1 is a multicast address'],
  ['239.255.255.250', '239.255.255.250 is a multicast address'],
  ['ff02::1', 'ff02::1 is a multicast address'],
  ['::ffff:e000:1', '224.0.0.1 is a multicast address'],
  ['255.255.255.255', '255.255.255.255 is a broadcast address'],
  ['64:ff9b::ffff:ffff', '255.255.255.255 is a broadcast address'],
  ['240.0.0.1', '240.0.0.1 is a reserved address'],
  ['254.1.2.3', '254.1.2.3 is a reserved address'],
  ['169.254.169.254', '169.254.169.254 is the address of a metadata service'],
  ['169.254.170.2', '169.254.170.2 is the address of a metadata service'],
  ['fd00:ec2::254', 'fd00:ec2::254 is the address of a metadata service'],
  ['FD00:EC2:0:0:0:0:0:254', 'FD00:EC2:0:0:0:0:0:254 is the address of a metadata service'],
  ['::ffff:169.254.169.254', '169.254.169.254 is the address of a metadata service'],
  ['::FFFF:A9FE:A9FE', '169.254.169.254 is the address of a metadata service'],
  ['0:0:0:0:0:ffff:a9fe:a9fe', '169.254.169.254 is the address of a metadata service'],
  ['::169.254.169.254', '169.254.169.254 is the address of a metadata service'],
  ['::ffff:0:169.254.169.254', '169.254.169.254 is the address of a metadata service'],
  ['64:ff9b::169.254.169.254', '169.254.169.254 is the address of a metadata service'],
  ['2002:a9fe:a9fe::1', '169.254.169.254 is the address of a metadata service'],
  ['2002:a9fe:a9fe:ffff:1:2:3:4', '169.254.169.254 is the address of a metadata service'],
  ['::ffff:169.254.169.254%eth0', '169.254.169.254 is the address of a metadata service'],
  ['camera', 'not an address'],
  ['127.1', 'not an address'],
  ['0177.0.0.1', 'not an address'],
  ['2130706433', 'not an address'],
  ['', 'not an address'],
];

const USUAL = [
  '192.168.1.10',
  '10.0.0.5',
  '127.0.0.1',
  '::1',
  '169.254.17.4',
  'fd12:3456::1',
  '2001:db8::1',
  '203.0.113.9',
  '::ffff:192.168.1.10',
  'fe80::1%eth0',
];

describe('where the spec names no networks', () => {
  it.each(NEVER)('%j is refused: %s', (address, reason) => expect(checkNetwork(address)).toBe(reason));
  it.each(USUAL)('%s is allowed', (address) => expect(checkNetwork(address)).toBeUndefined());
});

describe('cameraNetworks', () => {
  const networks = ['192.168.10.0/24', 'fd00::/8', '203.0.113.7'];

  it.each([
    ['192.168.11.1', '192.168.11.1 is not in cameraNetworks'],
    ['127.0.0.1', '127.0.0.1 is not in cameraNetworks'],
    ['::1', '::1 is not in cameraNetworks'],
    ['::ffff:10.0.0.5', '10.0.0.5 is not in cameraNetworks'],
    ['2002:0a00:0005::', '10.0.0.5 is not in cameraNetworks'],
    ['203.0.113.8', '203.0.113.8 is not in cameraNetworks'],
    ['fe80::1', 'fe80::1 is not in cameraNetworks'],
  ])('refuses %s: %s', (address, reason) => expect(checkNetwork(address, networks)).toBe(reason));

  it.each(['192.168.10.1', '192.168.10.255', 'fd00::1', 'fdff::', '203.0.113.7', '::ffff:192.168.10.9'])(
    'allows %s',
    (address) => expect(checkNetwork(address, networks)).toBeUndefined(),
  );

  it('are the whole truth: what they name is allowed, whatever it is', () => {
    expect(checkNetwork('fd00:ec2::254', networks)).toBeUndefined();
    expect(checkNetwork('224.0.0.1', ['0.0.0.0/0'])).toBeUndefined();
    expect(checkNetwork('2001:db8::1', ['0.0.0.0/0'])).toBe('2001:db8::1 is not in cameraNetworks');
  });

  it.each(['10.0.0.0/8', '10.0.0.5', '0.0.0.0/0', 'fd00::/8', '::/0', '::1', '2001:db8::1/128'])(
    'may hold %s',
    (text) => expect(isNetwork(text)).toBe(true),
  );

  it.each([
    ...[
      '',
      '/8',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/08',
      '10.0.0.0/8/8',
      '10.0.0.0/',
      '10/8',
      '010.0.0.0/8',
    ],
    ...[
      '10.0.0.0/255.0.0.0',
      'camera',
      'fd00::/129',
      'fd00::%eth0',
      '[::1]',
      '::ffff:10.0.0.0/104',
      '::ffff:a00:1',
    ],
    ...['2002::/16', '64:ff9b::/96', '10.0.0.0 /8', '10.0.0.0-10.0.0.9'],
  ])('may not hold %j', (text) => expect(isNetwork(text)).toBe(false));
});
