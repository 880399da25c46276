import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/net/index.js';
import { certificateProblem } from '../../src/net/certificate.js';
import { type CertificateOptions, selfSigned } from '../support/certificates.js';
import { withTempDir } from '../support/temp.js';
import { freePort } from '../support/wait.js';

interface Listening extends AsyncDisposable {
  readonly port: number;
  readonly connections: Socket[];
}

async function listening(server: Server): Promise<Listening> {
  const connections: Socket[] = [];
  server.on('connection', (socket) => {
    connections.push(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    for (const socket of connections) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, connections, [Symbol.asyncDispose]: close };
}

async function tlsServer(options: CertificateOptions): Promise<Listening & { readonly cert: string }> {
  const pair = await withTempDir((dir) => selfSigned(dir, options));
  const server = createTlsServer(pair);
  server.on('tlsClientError', () => {});
  return { ...(await listening(server)), cert: pair.cert };
}

const lookup = (): Promise<readonly string[]> => Promise.resolve(['127.0.0.1']);

describe('a camera that is looked at', () => {
  it('has nothing wrong when it takes the connection, which is closed again', async () => {
    await using server = await listening(createServer());
    expect(await diagnose(`rtsp://127.0.0.1:${server.port}/x`)).toBeUndefined();
    const [socket] = server.connections as [Socket];
    socket.resume();
    if (!socket.closed) await once(socket, 'close');
  });

  it('is refused where nobody listens', async () => {
    const port = await freePort();
    expect(await diagnose(`rtsp://127.0.0.1:${port}/secret?token=x`)).toEqual({
      cause: 'refused',
      message: `127.0.0.1:${port}: the connection is refused`,
    });
  });

  it('is unreachable without a route', async () => {
    // Of the prefix whose packets are to be thrown away; some networks refuse them, some are silent.
    const found = await diagnose('rtsp://[100::1]/x', { timeoutMs: 300 });
    expect(['unreachable', 'timeout']).toContain(found?.cause);
    expect(found?.message).toMatch(/^100::1:554: /);
  });

  it('is looked up by name, and not connected to where its address is not allowed', async () => {
    await using server = await listening(createServer());
    const uri = `rtsp://cam.example:${server.port}/x`;
    expect(await diagnose(uri, { lookup })).toBeUndefined();
    const outside = await diagnose(uri, { lookup, networks: ['10.0.0.0/8'] });
    expect(outside).toEqual({ cause: 'forbidden', message: '127.0.0.1 is not in cameraNetworks' });
    expect(server.connections).toHaveLength(1);
    const unknown = await diagnose(uri, { lookup: async () => [] });
    expect(unknown).toEqual({ cause: 'dns', message: 'cam.example: name has no address' });
  });

  it('is no business of ours when it is a file', async () => {
    expect(await diagnose('file:///media/a.mp4')).toBeUndefined();
    expect(await diagnose('nonsense')).toBeUndefined();
  });
});

describe('a camera behind TLS', () => {
  const at = (server: Listening): string => `rtsps://cam.example:${server.port}/x`;

  it.each<readonly [string, CertificateOptions, string]>([
    ['self-signed', { names: 'DNS:cam.example' }, 'is self-signed and not among those this system trusts'],
    ['expired', { names: 'DNS:cam.example', days: -1 }, 'has expired'],
  ])('whose certificate is %s is told so', async (_name, options, words) => {
    await using server = await tlsServer(options);
    expect(await diagnose(at(server), { lookup })).toEqual({
      cause: 'tls',
      message: `cam.example:${server.port}: the certificate ${words}`,
    });
  });

  it('has nothing wrong when its certificate is trusted and for its name', async () => {
    await using server = await tlsServer({ names: 'DNS:cam.example,IP:127.0.0.1' });
    const trust = { lookup, issuers: server.cert };
    expect(await diagnose(at(server), trust)).toBeUndefined();
    expect(await diagnose(at(server).replace('cam.example', '127.0.0.1'), trust)).toBeUndefined();
    expect(await diagnose(at(server).replace('cam.example', 'other.example'), trust)).toEqual({
      cause: 'tls',
      message: `other.example:${server.port}: the certificate is for another name`,
    });
  });

  it('that is not there is refused', async () => {
    const port = await freePort();
    expect(await diagnose(`rtsps://127.0.0.1:${port}/x`)).toMatchObject({ cause: 'refused' });
  });

  it('that does not speak TLS is told so', async () => {
    const answer = 'RTSP/1.0 400 Bad Request\r\n\r\n';
    await using server = await listening(createServer((socket) => socket.end(answer)));
    expect(await diagnose(at(server), { lookup })).toEqual({
      cause: 'tls',
      message: `cam.example:${server.port}: what listens there does not speak TLS`,
    });
  });

  it('that hangs up is told so', async () => {
    await using server = await listening(
      createServer((socket) => socket.once('data', () => socket.destroy())),
    );
    expect(await diagnose(at(server), { lookup })).toMatchObject({ cause: 'tls' });
  });

  it('that says nothing is waited for until the deadline', async () => {
    await using server = await listening(createServer());
    expect(await diagnose(at(server), { lookup, timeoutMs: 200 })).toEqual({
      cause: 'timeout',
      message: `cam.example:${server.port}: connected, but no answer to the TLS handshake within 0.2 s`,
    });
  });
});

describe('a certificate', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'the certificate has expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate is for another name'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'the certificate comes from an issuer this system does not trust'],
    ['HOSTNAME_WHATEVER', 'the certificate is refused (HOSTNAME_WHATEVER)'],
  ])('refused for %s: %s', (code, words) => expect(certificateProblem(code)).toBe(words));
});
