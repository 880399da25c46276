/** A camera that answers RTSP by hand, for what no well-meaning one does. It delivers no media. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from './certificates.js';

export type Method = 'OPTIONS' | 'DESCRIBE' | 'SETUP' | 'PLAY';

export interface RtspServerOptions {
  /** What these methods are answered instead; the text between `RTSP/1.0` and the empty line. */
  readonly answers?: Readonly<Partial<Record<Method, (port: number, request: string) => string>>>;
  /** The SDP; default: one H.264 track. */
  readonly description?: string;
  readonly tls?: Certificate;
}

export interface RtspServer extends AsyncDisposable {
  readonly port: number;
  /** First lines of all requests. */
  readonly requests: string[];
  /** Credentials of those requests that had any. */
  readonly logins: string[];
  connections: number;
}

/** An answer that asks for a login. */
export const unauthorized = (challenge: string) => (): string =>
  `401 Unauthorized\r\nWWW-Authenticate: ${challenge}`;

const SDP = [
  ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=x', 't=0 0', 'a=control:*', 'm=video 0 RTP/AVP 96'],
  ...['c=IN IP4 0.0.0.0', 'a=rtpmap:96 H264/90000', 'a=control:track1', ''],
].join('\r\n');

const USUAL: Readonly<Record<Exclude<Method, 'DESCRIBE'>, string>> = {
  OPTIONS: '200 OK\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN',
  SETUP: '200 OK\r\nSession: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1',
  PLAY: '200 OK\r\nSession: 1',
};

function reply(
  method: Method,
  options: RtspServerOptions,
  port: number,
  request: string,
): [head: string, body: string] {
  const own = options.answers?.[method]?.(port, request);
  if (own !== undefined) return [own, ''];
  if (method !== 'DESCRIBE') return [USUAL[method] ?? '200 OK', ''];
  const { description = SDP } = options;
  return [`200 OK\r\nContent-Type: application/sdp\r\nContent-Length: ${description.length}`, description];
}

export async function startRtspServer(options: RtspServerOptions = {}): Promise<RtspServer> {
  const sockets: Socket[] = [];
  const requests: string[] = [];
  const logins: string[] = [];
  const serve = (socket: Socket): void => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const request of chunk.toString('latin1').split('\r\n\r\n')) answer(socket, request);
    });
  };
  const answer = (socket: Socket, request: string): void => {
    const [line = ''] = request.split('\r\n');
    if (!/ RTSP\/1\.0$/.test(line)) return;
    requests.push(line);
    const login = /^Authorization: *(.*)$/im.exec(request)?.[1];
    if (login !== undefined) logins.push(login);
    const method = (line.split(' ')[0] ?? '') as Method;
    const [head, body] = reply(method, options, port, request);
    const sequence = /^CSeq: *(\d+)/im.exec(request)?.[1];
    socket.write(`RTSP/1.0 ${head}\r\nCSeq: ${sequence}\r\n\r\n${body}`);
  };
  const server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
  const listening = { requests, logins, connections: 0 };
  server.on('connection', (socket: Socket) => {
    listening.connections++;
    socket.on('error', () => {});
    sockets.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return Object.assign(listening, { port, [Symbol.asyncDispose]: close });
}
