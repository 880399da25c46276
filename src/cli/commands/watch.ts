import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { readDetections } from '../../messages/detections.js';
import { type NatsLinkOptions, type NatsMessage, openNats } from '../../sinks/nats-link.js';
import { parseSubject, type SubjectScope, subject } from '../../sinks/subjects.js';
import { findServer } from '../../supervisor/embedded/client.js';
import { places } from '../../supervisor/places.js';
import { Redactor } from '../../worker/redact.js';
import { natsSecrets } from '../../worker/secrets.js';
import { print, say, untilStopped } from '../io.js';
import { DEFAULT_SPEC, readSpecFile } from '../spec-file.js';
import { LiveTable } from '../table.js';
import { WatchTable } from '../watch-table.js';

interface WatchOptions {
  readonly spec?: string;
  readonly nats?: string;
  readonly prefix: string;
  readonly appliance: string;
  readonly json?: true;
}

const REDRAW_MS = 1_000;

export function watchCommand(): Command {
  return new Command('watch')
    .summary('follow detections, states and events on NATS')
    .description(
      'Follows streams on NATS until SIGINT: a table of rates, states and last events, or every message as a JSON line. ' +
        `Where to listen comes from --nats, or else from the spec (--spec, or ${DEFAULT_SPEC} if there is one).`,
    )
    .argument('[stream...]', 'streams to follow (default: all)')
    .option('-s, --spec <file>', 'spec to take server, prefix, appliance and credentials from')
    .option('--nats <url>', 'NATS server, without a spec')
    .option('--prefix <prefix>', 'first tokens of the subjects, without a spec', 'weir')
    .option('--appliance <name>', 'appliance, without a spec', '*')
    .option('--json', 'print every message as one line of JSON')
    .action(watch);
}

async function watch(streams: string[], options: WatchOptions): Promise<void> {
  const { scope, link: linkOptions } = target(options);
  const stopped = untilStopped();
  const link = openNats(linkOptions);
  link.watch((state) => {
    const why = 'error' in state && state.error ? ` (${state.error})` : '';
    if (state.kind !== 'closed') say(`NATS ${linkOptions.servers.join(', ')}: ${state.kind}${why}`);
  });
  const table = new WatchTable();
  const onMessage = ({ subject: name, data }: NatsMessage) => {
    if (options.json) print(asJson(data));
    else table.add(parseSubject(scope, name)?.kind ?? '', data);
  };
  for (const stream of streams.length > 0 ? streams : ['*']) {
    for (const kind of ['detections', 'status', 'events.*'] as const)
      link.subscribe(subject(scope, stream, kind), onMessage);
  }
  const live = new LiveTable(process.stdout);
  const redraw = options.json ? undefined : setInterval(() => live.show(table.render()), REDRAW_MS);
  await stopped;
  clearInterval(redraw);
  await link.close();
}

/** A line of JSON; what is not JSON on the wire is told as the JSON of the same message would be. */
function asJson(data: Uint8Array): string {
  const brace = 0x7b;
  const message = data[0] === brace ? undefined : readDetections(data);
  return message ? JSON.stringify(message) : Buffer.from(data).toString('utf8');
}

function target(options: WatchOptions): { scope: SubjectScope; link: NatsLinkOptions } {
  const name = 'weir watch';
  const file = options.spec ?? (existsSync(DEFAULT_SPEC) ? DEFAULT_SPEC : undefined);
  if (options.nats !== undefined || file === undefined) {
    const { prefix, appliance, nats = 'nats://127.0.0.1:4222' } = options;
    return { scope: { prefix, appliance }, link: { servers: [nats], name } };
  }
  const spec = readSpecFile(file);
  const { appliance } = spec;
  const nats = findServer(spec, places(spec, file).natsDir);
  const secrets = natsSecrets(nats, process.env, new Redactor());
  return { scope: { prefix: nats.prefix, appliance }, link: { servers: nats.servers, name, ...secrets } };
}
