import { Command, InvalidArgumentError, Option } from 'commander';
import { runDemo } from '../demo/run.js';

export function demoCommand(): Command {
  return new Command('demo')
    .summary('simulated cameras, an appliance and NATS on this machine')
    .description(
      'Starts a NATS server, simulated RTSP cameras and an appliance, shows a live table, and saves an ' +
        'annotated picture per camera. Ends after --for seconds, or at SIGINT, and leaves no process behind.',
    )
    .option('--streams <n>', 'number of cameras', whole(1, 64), 4)
    .option('--for <seconds>', 'run this long (default: until SIGINT; 20 with --json)', whole(1, 86_400))
    .option('--rate <n>', 'inferences per second and camera', number(0.1, 240), 5)
    .addOption(
      new Option('--scene <scene>', 'what the cameras see')
        .choices(['footage', 'synthetic'])
        .default('footage'),
    )
    .option('--out <dir>', 'folder for pictures, spec and log (default: weir-demo in the temporary folder)')
    .option('--json', 'print a summary as one line of JSON at the end; the table goes to stderr')
    .action(runDemo);
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
  };
}

function whole(least: number, most: number): (text: string) => number {
  const parse = number(least, most);
  return (text) => {
    const value = parse(text);
    if (Number.isInteger(value)) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}
