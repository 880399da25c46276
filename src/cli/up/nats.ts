/** The supervisor's own connection to NATS: for control, and to speak for streams that have no worker. */
import { join } from 'node:path';
import type { EventSink } from '../../sinks/events/event-sink.js';
import { type NatsLink, openNats } from '../../sinks/nats-link.js';
import { StatusSink } from '../../sinks/status-sink.js';
import { subject } from '../../sinks/subjects.js';
import type { ApplianceSpec } from '../../spec/types.js';
import { LeftEvents } from '../../supervisor/left-events.js';
import { openEvents } from '../../worker/outlet.js';
import { natsSecrets } from '../../worker/secrets.js';
import type { Ground } from './ground.js';

export interface Voice extends AsyncDisposable {
  readonly link: NatsLink;
  readonly status: StatusSink;
  readonly events: EventSink;
  readonly left: LeftEvents;
}

/** Its folder among the spools: no pipeline has this name. */
const SUPERVISOR = '_supervisor';

/** Connects in the background. Throws SECRET_UNAVAILABLE. */
export function openVoice(spec: ApplianceSpec, { env, redactor, log, where }: Ground): Voice {
  const { appliance, nats } = spec;
  const secrets = natsSecrets(nats, env, redactor);
  const link = openNats({ servers: nats.servers, name: `weir ${appliance}`, ...secrets });
  link.watch((state, problem) => {
    if (problem !== undefined) log.warn(redactor.clean(problem));
    else log.debug(`NATS ${state.kind}`);
  });
  const name = (stream: string) => subject({ prefix: nats.prefix, appliance }, stream, 'status');
  if (nats.keepStatus) link.keepLast({ name: `weir_${appliance}_status`, subjects: [name('*')] });
  const status = new StatusSink({ link, subject: name });
  const spool = join(where.eventsDir, SUPERVISOR);
  const events = openEvents({ spec, spool, redactor, log, link });
  const left = new LeftEvents({
    folder: where.eventsDir,
    open: (folder) => openEvents({ spec, spool: folder, redactor, log, link }),
    log: (message, details) => log.info(details, message),
  });
  const close = async (): Promise<void> => {
    status.close();
    await Promise.all([events.close(), left[Symbol.asyncDispose]()]);
    await link.close();
  };
  return { link, status, events, left, [Symbol.asyncDispose]: close };
}
