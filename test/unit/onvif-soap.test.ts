import { describe, expect, it } from 'vitest';
import { devicesIn } from '../../src/onvif/discovery.js';
import { answerOf, envelope } from '../../src/onvif/soap.js';

const answer = (body: string, status = 200) => ({ status, headers: {}, body });
const fault12 = (code: string, reason: string) =>
  envelope(
    `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>${code}</s:Value></s:Subcode></s:Code>` +
      `<s:Reason><s:Text xml:lang="en">${reason}</s:Text></s:Reason></s:Fault>`,
  );
const fault11 = (code: string) =>
  envelope(`<s:Fault><faultcode>${code}</faultcode><faultstring>no</faultstring></s:Fault>`);

describe('an answer', () => {
  it('is the element that the question asks for', () => {
    const body = envelope('<x:GetThingResponse xmlns:x="urn:x"><x:A>1</x:A></x:GetThingResponse>');
    expect(answerOf(answer(body), 'GetThing')).toMatchObject({ A: '1' });
  });

  it.each<readonly [string, ReturnType<typeof answer>, string, RegExp]>([
    [
      'of SOAP 1.2 that refuses a login',
      answer(fault12('ter:NotAuthorized', ''), 400),
      'unauthorized',
      /login/,
    ],
    ['of SOAP 1.1 that does', answer(fault11('wsse:FailedAuthentication'), 500), 'unauthorized', /login/],
    ['of HTTP alone', answer('', 401), 'unauthorized', /\(401\)/],
    [
      'that refuses',
      answer(fault12('ter:ActionNotSupported', 'no \u001b[2J'), 400),
      'source',
      /refuses: no \[2J$/,
    ],
    ['to another question', answer(envelope('<GetOtherResponse/>')), 'source', /something else/],
    ['without a body', answer('<a/>'), 'source', /something else/],
    ['that is a web page', answer('Not Found', 404), 'source', /HTTP 404/],
  ])('%s is told as what it is', (_what, given, reason, words) => {
    const failure = (() => {
      try {
        return answerOf(given, 'GetThing');
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toMatchObject({ reason, message: expect.stringMatching(words) });
  });
});

describe('a datagram', () => {
  const ID = '8d1f7a60-1111-4222-8333-944445555666';
  const match = (content: string, relates = `urn:uuid:${ID}`) =>
    Buffer.from(
      envelope(
        `<d:ProbeMatches xmlns:d="urn:d"><d:ProbeMatch>${content}</d:ProbeMatch></d:ProbeMatches>`,
        `<a:RelatesTo xmlns:a="urn:a">${relates}</a:RelatesTo>`,
      ),
    );
  const from = (datagram: Buffer, address = '192.0.2.10') => devicesIn(datagram, { address }, [ID]);

  it('is a device at the address it came from, whatever it says', () => {
    const scopes = 'onvif://www.onvif.org/name/Front%20door%1b onvif://www.onvif.org/hardware/X1';
    const xaddrs = 'http://203.0.113.9/a http://192.0.2.10:81/b https://192.0.2.10/c';
    const [device, ...more] = from(match(`<d:Scopes>${scopes}</d:Scopes><d:XAddrs>${xaddrs}</d:XAddrs>`));
    expect(more).toEqual([]);
    expect({ ...device, service: device?.service.href }).toEqual({
      ...{ address: '192.0.2.10', service: 'http://192.0.2.10:81/b', name: 'Front door', hardware: 'X1' },
    });
  });

  it('with a scope that is spoilt is a device all the same', () => {
    const [device] = from(
      match('<d:Scopes>onvif://www.onvif.org/name/%zz</d:Scopes><d:XAddrs>http://192.0.2.10/</d:XAddrs>'),
    );
    expect(device?.name).toBe('%zz');
  });

  const good = '<d:XAddrs>http://192.0.2.10/</d:XAddrs>';
  it.each([
    ['to somebody else', match(good, 'urn:uuid:00000000-0000-4000-8000-000000000000')],
    ['to nobody', match(good, '')],
    ['without an address', match('')],
    ['with a strange address', match('<d:XAddrs>file:///etc/passwd</d:XAddrs>')],
    ['that is a bomb', Buffer.from(`<!DOCTYPE a [<!ENTITY a "x">]>${match(good).toString()}`)],
    ['that is noise', Buffer.from([0, 255, 1, 2, 3])],
    ['that is empty', Buffer.alloc(0)],
  ])('%s is passed over', (_what, datagram) => expect(from(datagram)).toEqual([]));

  it('from where no camera is, is passed over', () =>
    expect(from(match(good), '169.254.169.254')).toEqual([]));

  it('names four devices at most', () => {
    const many = Array.from({ length: 50 }, (_, i) => `<d:XAddrs>http://192.0.2.10/${i}</d:XAddrs>`);
    expect(from(match(many.join('</d:ProbeMatch><d:ProbeMatch>')))).toHaveLength(4);
  });
});
