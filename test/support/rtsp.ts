import { connect, type Socket } from 'node:net';
import { until } from './wait.js';

/** An RTSP client by hand, for what rtspsrc does not show. RTP and RTCP come interleaved. */
export class RtspClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #replies: string[] = [];
  readonly #packets: { readonly channel: number; readonly bytes: Buffer }[] = [];
  #rest = Buffer.alloc(0);
  #sequence = 0;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
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
    this.#replies.push(text);
    this.#rest = rest.subarray(end);
    return true;
  }
}
