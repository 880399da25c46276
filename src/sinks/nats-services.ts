/** Services on a connection to NATS: what answers requests, and is found by `$SRV`. */
import type { NatsConnection, Service, ServiceMsg } from 'nats';

/** A request to an endpoint of a service. */
export interface ServiceRequest {
  readonly data: Uint8Array;
  header(name: string): string | undefined;
  /** Throws when the client refuses the answer. Does nothing where no answer is wanted. */
  respond(data: Uint8Array): void;
  /** `status` as of HTTP; `description` is one line. */
  refuse(status: number, description: string, data: Uint8Array): void;
}

export interface ServiceEndpoint {
  /** Without dots. */
  readonly name: string;
  readonly subject: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Never throws. */
  handle(request: ServiceRequest): void;
  /** What STATS says on top of the number of requests. */
  stats(): unknown;
}

/** What is found by `$SRV.PING`, `INFO` and `STATS`. */
export interface NatsService {
  readonly name: string;
  /** Semantic. */
  readonly version: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly endpoints: readonly ServiceEndpoint[];
}

export interface Served {
  readonly service: NatsService;
  active?: Service;
}

/** Resolves when the service has ended: one subscription that is refused ends all of it. */
export async function offerService(
  connection: NatsConnection,
  served: Served,
  wanted: () => boolean,
): Promise<Error | null> {
  const { endpoints, metadata, ...identity } = served.service;
  try {
    const statsHandler = async (endpoint: object) => statsOf(endpoints, endpoint);
    const active = await connection.services.add({ ...identity, metadata: { ...metadata }, statsHandler });
    served.active = active;
    for (const endpoint of endpoints) addEndpoint(active, endpoint);
    if (!wanted()) void active.stop();
    return await active.stopped;
  } catch (error) {
    return error as Error;
  }
}

function addEndpoint(service: Service, { name, subject, metadata, handle }: ServiceEndpoint): void {
  service.addEndpoint(name, {
    subject,
    metadata: { ...metadata },
    handler: (error, message) => {
      if (!error) handle(requestOf(message));
    },
  });
}

/** The library hands over more of an endpoint than its types say. */
function statsOf(endpoints: readonly ServiceEndpoint[], asked: object): unknown {
  const { name } = asked as { name?: string };
  return endpoints.find((each) => each.name === name)?.stats() ?? null;
}

function requestOf(message: ServiceMsg): ServiceRequest {
  return {
    data: message.data,
    header: (name) => message.headers?.get(name) || undefined,
    respond: (data) => void message.respond(data),
    refuse: (status, description, data) => void message.respondError(status, description, data),
  };
}
