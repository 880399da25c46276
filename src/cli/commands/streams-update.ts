import { Command } from 'commander';
import type { ControlClient } from '../../control/client.js';
import { WeirError } from '../../spec/error.js';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { carryOut, type ChangeOptions } from '../change.js';
import { examples } from '../examples.js';
import { withLoginHint } from '../login-hint.js';
import { withWaitOption } from '../patience.js';
import {
  type Description,
  fullUri,
  namesUri,
  plainKeys,
  readDescription,
  type StreamOptions,
  unsetKey,
  uriPatch,
  withStreamOptions,
} from '../stream-option.js';

export function streamsUpdateCommand(): Command {
  const command = new Command('update')
    .summary('change a stream')
    .description(
      'Changes what is named and nothing else. The stream connects anew only if its connection depends on it. ' +
        'With --file: what the file names is replaced, null removes.',
    )
    .argument('<id>', 'the stream')
    .argument('[uri]', 'new address of what is analysed')
    .option(
      '--unset <key>',
      'remove a key as weir.yaml calls it, e.g. fps or uri.live; may be repeated',
      unsetKey,
    )
    .option('--json', 'print {"changed", "pending", "stream": {…}}')
    .action(update);
  withWaitOption(withStreamOptions(command));
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(
      ['weir streams update yard rtsp://192.0.2.10/stream1 --wait', 'another address'],
      ['weir streams update yard --transport udp --latency 100'],
      ['weir streams update yard --unset user --unset password', 'no login any more'],
    ),
  );
}

type UpdateOptions = ApplianceOptions &
  StreamOptions &
  ChangeOptions & { readonly unset?: readonly string[] };

async function update(id: string, uri: string | undefined, options: UpdateOptions): Promise<void> {
  using client = openClient(options);
  const changes = await changesOf(client, id, uri, options);
  if (Object.keys(changes).length === 0)
    throw new WeirError('USAGE', `nothing to change in "${id}"`, { remedy: 'name what is to be different' });
  const words = { id, done: 'changed', same: 'is like that already' };
  await carryOut(client, words, options, (wait) => withLoginHint(changes, client.update(id, changes, wait)));
}

async function changesOf(
  client: ControlClient,
  id: string,
  uri: string | undefined,
  options: UpdateOptions,
): Promise<Description> {
  const { unset = [], file } = options;
  const base = file === undefined ? {} : await readDescription(file);
  const gone = unset.filter((key) => !key.startsWith('uri.')).map((key) => [key, null] as const);
  const to = namesUri(uri, options) ? await newUri(client, id, base.uri, uri, options) : undefined;
  return {
    ...base,
    ...(to !== undefined && { uri: to }),
    ...plainKeys(options),
    ...Object.fromEntries(gone),
  };
}

/** Whether a part of it stands beside others is known by the stream alone. */
async function newUri(
  client: ControlClient,
  id: string,
  filed: unknown,
  uri: string | undefined,
  options: UpdateOptions,
): Promise<unknown> {
  if (filed !== undefined) return fullUri(filed, uri, options);
  return uriPatch((await client.stream(id)).spec.uri, uri, options);
}
