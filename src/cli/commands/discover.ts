import { Command, Option } from 'commander';
import { type DeviceReport, discoverCameras } from '../../onvif/index.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { addCommands, deviceTable, type Login, notes } from '../probe/device-text.js';
import { number } from '../number-option.js';
import { passwordOption, userOption } from '../probe/options.js';

interface DiscoverCommandOptions extends Login {
  readonly timeout: number;
  readonly interface?: string;
  readonly address?: readonly string[];
  readonly json?: true;
}

export function discoverCommand(): Command {
  return new Command('discover')
    .summary('find ONVIF cameras and their streams')
    .description(
      'Asks the network for ONVIF cameras, and each camera for its model and its streams. Prints them, and the ' +
        'commands that add them. Most cameras tell their streams only with a login.',
    )
    .option('--timeout <seconds>', 'wait so long for cameras to answer', number(0.5, 60), 3)
    .option('--interface <address>', 'address of this machine to ask from (default: all of them)')
    .addOption(
      new Option(
        '--address <host...>',
        'ask these devices, host or host:port, instead of the network',
      ).conflicts('interface'),
    )
    .addOption(userOption())
    .addOption(passwordOption())
    .option('--json', 'print {"devices": [{address, name, model, profiles, analyse, main, problem}]}')
    .addHelpText(
      'after',
      examples(
        ['weir discover', 'all that answer'],
        [`weir discover --user '\${env:CAM_USER}' --password '\${env:CAM_PASSWORD}'`, 'their streams, too'],
        ['weir discover --address 192.0.2.10 192.0.2.11', 'these two, behind a router'],
      ),
    )
    .action(find);
}

async function find(options: DiscoverCommandOptions): Promise<void> {
  const { timeout, address, interface: from, user, password, json } = options;
  const login = { ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
  const devices = await discoverCameras({
    timeoutMs: timeout * 1000,
    ...(address && { addresses: address }),
    ...(from !== undefined && { interface: from }),
    ...login,
  });
  if (json) print(JSON.stringify({ devices }));
  else if (devices.length === 0)
    say('no camera answered: is it in this network, is ONVIF on, and multicast let through?');
  else tell(devices, login);
}

function tell(devices: readonly DeviceReport[], login: Login): void {
  const [words, commands] = [devices.flatMap(notes), addCommands(devices, login)];
  const locked = devices.some(({ problem }) => problem?.cause === 'unauthorized');
  print(deviceTable(devices));
  if (words.length > 0) print(`\n${words.join('\n')}`);
  if (commands.length > 0) print(`\nTo add them to an appliance that runs:\n\n${commands.join('\n')}`);
  if (locked && login.user === undefined)
    say("Next: weir discover --user '${env:CAM_USER}' --password '${env:CAM_PASSWORD}'");
  else if (commands.length > 0) say('Next: weir probe <uri> tells what a stream really sends');
}
