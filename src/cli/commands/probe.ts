import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import {
  probeCamera,
  type ProbeOptions,
  type ProbePicture,
  probePicture,
  type ProbeReport,
  probeStream,
} from '../../probe/index.js';
import { WeirError } from '../../spec/error.js';
import { redactUri } from '../../spec/uri.js';
import { ConnectFailure } from '../../streams/connect-failure.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { number } from '../number-option.js';
import { passwordOption, userOption } from '../probe/options.js';
import { addCommand, idFrom, type StreamDraft, yamlSnippet } from '../probe/snippet.js';
import { adviceLines, connection, headline, table } from '../probe/text.js';

interface ProbeCommandOptions {
  readonly user?: string;
  readonly password?: string;
  readonly transport: 'tcp' | 'udp';
  readonly seconds: number;
  readonly timeout: number;
  readonly snapshot?: string;
  readonly json?: true;
}

export function probeCommand(): Command {
  return new Command('probe')
    .summary('try a camera: what it sends, and what to change')
    .description(
      'Connects to a camera in a process that is thrown away, watches it for a few seconds, and says what it ' +
        'sends, what to change in it, and how it becomes a stream. Exits with 69 when it shows no picture.',
    )
    .argument('<uri>', 'rtsp://host/path or rtsps://host/path, without user and password')
    .addOption(userOption())
    .addOption(passwordOption())
    .addOption(new Option('--transport <name>', 'how RTP comes').choices(['tcp', 'udp']).default('tcp'))
    .option('--seconds <n>', 'watch it so long', number(1, 60), 5)
    .option('--timeout <seconds>', 'wait so long for its first key frame', number(1, 120), 15)
    .option('--snapshot <file>', 'save a picture as JPEG')
    .option('--json', 'print {"ok", ...} as one line of JSON, failures too')
    .addHelpText(
      'after',
      examples(
        ['weir probe rtsp://192.0.2.10/stream2', 'what it sends, what to change'],
        [`weir probe rtsp://192.0.2.10/1 --user '\${env:CAM_USER}' --password '\${env:CAM_PASSWORD}'`],
        ['weir probe rtsp://192.0.2.10/1 --transport udp --seconds 20', 'does UDP lose packets here?'],
      ),
    )
    .action(probe);
}

async function probe(uri: string, options: ProbeCommandOptions): Promise<void> {
  const { user, password, transport, seconds, timeout } = options;
  const login = { ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
  const target = { uri, transport, ...login };
  probeStream(target);
  say(`trying ${redactUri(uri)} for ${seconds} s`);
  const found = await attempt({ ...target, seconds, timeoutMs: timeout * 1000 }, options);
  if (options.json) print(JSON.stringify({ ok: true, ...found.report }));
  else tell(found.report, { id: idFrom(`camera-${new URL(uri).hostname}`), ...target });
  if (options.snapshot !== undefined) save(options.snapshot, found);
}

async function attempt(
  probing: ProbeOptions,
  { snapshot, json }: ProbeCommandOptions,
): Promise<ProbePicture> {
  try {
    return snapshot === undefined ? { report: await probeCamera(probing) } : await probePicture(probing);
  } catch (error) {
    if (json && error instanceof WeirError) print(JSON.stringify(refusal(error)));
    throw error;
  }
}

function refusal({ code, message, remedy, cause }: WeirError) {
  const reason = cause instanceof ConnectFailure ? { cause: cause.reason } : {};
  return { ok: false, code, ...reason, message, ...(remedy !== undefined && { remedy }) };
}

function tell(report: ProbeReport, target: StreamDraft): void {
  const advice = adviceLines(report);
  const draft = { ...target, fps: Math.max(1, Math.round(report.fps)) };
  print(`${headline(report)}\n${connection(report)}\n`);
  print(`${table(report)}\n`);
  print(advice.length > 0 ? `${advice.join('\n')}\n` : 'Nothing to change.\n');
  print(`In weir.yaml, below "streams:" of a pipeline:\n\n${yamlSnippet(draft)}\n`);
  print(`While the appliance runs:\n\n${addCommand(draft)}`);
}

function save(file: string, { picture }: ProbePicture): void {
  if (!picture) {
    throw new WeirError('NO_PICTURE', `${file}: no picture could be made of the stream`, {
      remedy: 'weir doctor: is there a software decoder (gstreamer1.0-libav)?',
    });
  }
  try {
    writeFileSync(file, picture);
  } catch (cause) {
    throw new WeirError('IO', `${file}: ${(cause as Error).message}`, { cause });
  }
  say(`picture: ${file}`);
}
