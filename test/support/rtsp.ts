import { connect, type Socket } from 'node:net';
import { until } from './wait.js';

/** An RTSP client by hand, for what rtspsrc does not show. RTP and RTCP come interleaved. */
export class RtspClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #replies: string[] = [];
  readonly #packets: { readonly channel: number; readonly bytes: Buffer }[] = [];
  #rest = Buffer.alloc(0);
  #sequence = 0;
  #description = '';
  #end: 'closed' | 'reset' | 'refused' | undefined;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#end = error.code === 'ECONNREFUSED' ? 'refused' : 'reset';
    });
    this.#socket.on('close', () => (this.#end ??= 'closed'));
    this.#socket.on('data', (chunk) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      while (this.#take());
    });
  }

  /** Sends a request; answers the reply's status line and headers. */
  async ask(method: string, uri: string, ...headers: string[]): Promise<string> {
    const lines = [`${method} ${uri} RTSP/1.0`, `CSeq: ${++this.#sequence}`, ...headers, '', ''];
    this.#socket.write(lines.join('\r\n'));
    return until(`${method} is answered`, () => this.#replies[this.#sequence - 1]);
  }

  /** How the server's side ended the connection, or undefined while it is open. */
  get end(): 'closed' | 'reset' | 'refused' | undefined {
    return this.#end;
  }

  /** The stream as DESCRIBE told it. */
  get description(): string {
    return this.#description;
  }

  /** All packets so far of an interleaved channel: 0 is RTP, 1 RTCP, where `play` set it up. */
  packets(channel: number): Buffer[] {
    return this.#packets.filter((packet) => packet.channel === channel).map(({ bytes }) => bytes);
  }

  /** DESCRIBE, SETUP and PLAY; `transport` as in the header (default: interleaved). Rejects unless all go well. */
  async play(uri: string, transport = 'RTP/AVP/TCP;unicast;interleaved=0-1'): Promise<void> {
    const good = (reply: string): string => {
      if (!reply.startsWith('RTSP/1.0 200')) throw new Error(`the camera answered ${reply.split('\r\n')[0]}`);
      return reply;
    };
    good(await this.ask('DESCRIBE', uri));
    const setup = good(await this.ask('SETUP', `${uri}/stream=0`, `Transport: ${transport}`));
    good(await this.ask('PLAY', uri, `Session: ${/Session: ([^;\r\n]+)/.exec(setup)?.[1]}`));
  }

  /** The first packet on an interleaved channel that is accepted. */
  packet(channel: number, accept: (packet: Buffer) => boolean): Promise<Buffer> {
    const wanted = (): Buffer | undefined =>
      this.#packets.find((packet) => packet.channel === channel && accept(packet.bytes))?.bytes;
    return until(`a packet on channel ${channel} comes`, wanted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }

  /** Takes one reply or packet off what was received; false when none is whole yet. */
  #take(): boolean {
    const [rest, interleaved] = [this.#rest, this.#rest[0] === 0x24];
    if (interleaved) {
      const end = rest.length < 4 ? Number.POSITIVE_INFINITY : 4 + rest.readUInt16BE(2);
      if (rest.length < end) return false;
      this.#packets.push({ channel: rest[1] as number, bytes: rest.subarray(4, end) });
      this.#rest = rest.subarray(end);
      return true;
    }
    const head = rest.indexOf('\r\n\r\n');
    if (head < 0) return false;
    const text = rest.subarray(0, head).toString('latin1');
    const end = head + 4 + Number(/^Content-Length: *(\d+)/im.exec(text)?.[1] ?? 0);
    if (rest.length < end) return false;
    if (/^Content-Type: *application\/sdp/im.test(text)) {
      this.#description = rest.subarray(head + 4, end).toString('latin1');
    }
    this.#replies.push(text);
    this.#rest = rest.subarray(end);
    return true;
  }
}
