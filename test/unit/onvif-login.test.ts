import { describe, expect, it } from 'vitest';
import { digestAnswer, digestChallenge, usernameToken } from '../../src/onvif/login.js';

/** The example of the ONVIF Application Programmer's Guide. */
it('a user name token proves the password without telling it', () => {
  const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64');
  const login = { user: 'us<er', password: 'userpassword' };
  const token = usernameToken(login, new Date('2010-09-16T07:50:45.000Z'), nonce);
  expect(token).toContain('<Username>us&lt;er</Username>');
  expect(token).toContain(`<Nonce EncodingType="`);
  expect(token).toContain('>LKqI6G/AikKCQrN0zqZFlg==</Nonce>');
  expect(token).toContain('>2010-09-16T07:50:45Z</Created>');
  expect(token).toContain('#PasswordDigest">tuOSpGlFlIXsozq4HFNeeGeFLEI=</Password>');
  expect(token).not.toContain('userpassword');
});

/** RFC 7616, 3.9.1. */
describe('HTTP Digest', () => {
  const login = { user: 'Mufasa', password: 'Circle of Life' };
  const use = {
    ...{ method: 'GET', path: '/dir/index.html', count: 1 },
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  };
  const header = (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('with %s is answered as the RFC says', (algorithm, response) => {
    const challenge = digestChallenge(header(algorithm));
    const answer = challenge ? digestAnswer(challenge, login, use) : '';
    expect(answer).toContain(`response="${response}"`);
    expect(answer).toContain(`algorithm=${algorithm}, `);
    expect(answer).toContain('qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"');
    expect(answer).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
  });

  it('without qop is that of RFC 2069', () => {
    const challenge = digestChallenge('Digest realm="r", nonce="n"');
    const answer = challenge ? digestAnswer(challenge, { user: 'a"b', password: 'c' }, use) : '';
    expect(answer).toContain('username="a\\"b", realm="r", nonce="n"');
    expect(answer).not.toContain('qop');
  });

  it('is found behind other schemes', () => {
    expect(digestChallenge('Basic realm="a", Digest realm="b", nonce="n"')).toMatchObject({ realm: 'b' });
  });

  it.each([
    ['Basic alone', 'Basic realm="a"'],
    ['an algorithm nobody knows', 'Digest realm="a", nonce="n", algorithm=ROT13'],
    ['a name of Object', 'Digest realm="a", nonce="n", algorithm=constructor'],
    ['the body alone', 'Digest realm="a", nonce="n", qop="auth-int"'],
    ['no nonce', 'Digest realm="a"'],
    ['nothing', ''],
    ['very much', `${'x'.repeat(5000)} Digest realm="a", nonce="n"`],
  ])('is not answered where the device asks for %s', (_what, asked) =>
    expect(digestChallenge(asked)).toBeUndefined(),
  );
});
