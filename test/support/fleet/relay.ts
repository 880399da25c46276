/** Stands before the cameras, passes everything on, and counts how many clients are about to connect at once. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Most clients at any time that were connected and had no answer to PLAY yet; from now on counted anew. */
  takeMost(): number;
  /** Connections made since the last call. */
  takeConnections(): number;
  /** Existing connections are reset, new ones refused. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

class Handshakes {
  now = 0;
  most = 0;
  connections = 0;

  begin(): () => void {
    let over = false;
    this.connections++;
    this.most = Math.max(this.most, ++this.now);
    return () => {
      if (!over) this.now--;
      over = true;
    };
  }
}

/** Resolves when it listens on a port of 127.0.0.1. */
export async function startRelay(target: number): Promise<Relay> {
  const handshakes = new Handshakes();
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;

  const open = async (): Promise<void> => {
    server = createServer((client) => pass(client, target, sockets, handshakes.begin()));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  const shut = async (): Promise<void> => {
    const closing = server;
    if (!closing) return;
    server = undefined;
    const closed = once(closing, 'close');
    closing.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  await open();
  return {
    port,
    takeMost: () => {
      const { most } = handshakes;
      handshakes.most = handshakes.now;
      return most;
    },
    takeConnections: () => {
      const { connections } = handshakes;
      handshakes.connections = 0;
      return connections;
    },
    shut,
    open,
    [Symbol.asyncDispose]: shut,
  };
}

function pass(client: Socket, target: number, sockets: Set<Socket>, settled: () => void): void {
  const camera = connect({ port: target, host: '127.0.0.1' });
  let asked = false;
  client.on('data', (bytes) => {
    asked ||= bytes.includes('PLAY rtsp://');
  });
  camera.on('data', () => {
    if (asked) settled();
  });
  for (const [from, to] of [
    [client, camera],
    [camera, client],
  ] as const) {
    sockets.add(from);
    from.pipe(to);
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      sockets.delete(from);
      settled();
      to.destroy();
    });
  }
}
