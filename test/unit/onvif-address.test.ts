import { describe, expect, it } from 'vitest';
import { ownService, ownStream } from '../../src/onvif/own-address.js';

const OWN = '192.0.2.10';

describe('a stream', () => {
  it.each([
    ['rtsp://192.0.2.10/1', 'rtsp://192.0.2.10/1'],
    ['RTSP://192.0.2.10:8554/a/b?c=d&e=f', 'rtsp://192.0.2.10:8554/a/b?c=d&e=f'],
    ['rtsp://192.0.2.10', 'rtsp://192.0.2.10'],
    ['rtsps://192.0.2.10:322/1#frag', 'rtsps://192.0.2.10:322/1'],
    ['rtsp://admin:hush@192.0.2.10/1', 'rtsp://192.0.2.10/1'],
    ['rtsp://@192.0.2.10/1', 'rtsp://192.0.2.10/1'],
  ])('%s is taken', (told, uri) => expect(ownStream(told, OWN)).toEqual({ uri }));

  it.each([
    ['rtsp://203.0.113.9/1', '203.0.113.9'],
    ['rtsp://127.0.0.1:4222/1', '127.0.0.1'],
    ['rtsp://169.254.169.254/latest', '169.254.169.254'],
    ['rtsp://admin:hush@camera.local/1', 'camera.local'],
    ['rtsp://[fe80::1]/1', '[fe80::1]'],
    ['rtsp://2130706433/1', '2130706433'],
  ])('%s is looked for at the device itself', (told, named) => {
    const { uri, note } = ownStream(told, OWN);
    expect(uri).toMatch(/^rtsp:\/\/192\.0\.2\.10(:4222)?\/(1|latest)$/);
    expect(note).toBe(`the device named ${named}; its own address is used`);
  });

  it.each([
    ['http://192.0.2.10/1'],
    ['file:///etc/passwd'],
    ['gopher://192.0.2.10/1'],
    ['rtsp:///1'],
    ['rtsp://'],
    ['rtsp://192.0.2.10:port/1'],
    ['rtsp://192.0.2.10:99999999/1'],
    ['rtsp://a:pa/ss@192.0.2.10/1'],
    ['rtsp://192.0.2.10/a b'],
    ['rtsp://192.0.2.10/a\r\nX: y'],
    ['rtsp://192.0.2.10/1\\2'],
    ['javascript:alert(1)//rtsp://192.0.2.10/1'],
    [''],
  ])('%j is left out', (told) => {
    const { uri, note } = ownStream(told, OWN);
    expect(uri).toBeUndefined();
    expect(note).toMatch(/^left out: /);
    expect(note).not.toMatch(/pa\/ss|[\r\n]/);
  });

  it('of a device with an IPv6 address is written with brackets', () =>
    expect(ownStream('rtsp://[2001:db8::1]/1', '2001:db8::1')).toEqual({ uri: 'rtsp://[2001:db8::1]/1' }));
});

describe('a service', () => {
  it.each([
    ['http://192.0.2.10/onvif/media', 'http://192.0.2.10/onvif/media'],
    ['http://192.0.2.10:8080/a?b#c', 'http://192.0.2.10:8080/a?b'],
    ['http://203.0.113.9/onvif/media', 'http://192.0.2.10/onvif/media'],
    ['http://u:p@203.0.113.9:99/x', 'http://192.0.2.10:99/x'],
  ])('%s is at the device itself', (told, service) => expect(ownService(told, OWN)?.href).toBe(service));

  it.each(['https://192.0.2.10/onvif/media', 'ftp://192.0.2.10/', '/onvif/media', '', 'http://'])(
    '%j is none',
    (told) => expect(ownService(told, OWN)).toBeUndefined(),
  );
});
