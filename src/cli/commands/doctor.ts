import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { WeirError } from '../../spec/error.js';
import { type ConformanceReport, differing } from '../../conformance/report.js';
import type { Check } from '../doctor/check.js';
import { examineDeep, renderDeep } from '../doctor/deep.js';
import { examine } from '../doctor/examine.js';
import { formatChecks } from '../doctor/table.js';
import { print } from '../io.js';
import { DEFAULT_SPEC } from '../spec-file.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('check the installation, each failure with a remedy')
    .description(
      'Checks Node, the addon, GStreamer and its elements, decoders and models; on a Jetson or for NVIDIA also the ' +
        'device and its software; with a spec also its models, secrets, NATS servers and cameras. With --deep also ' +
        "asks the elements what is known of NVIDIA's, and plays a film in a pipeline of its own. Exits with 69 " +
        'when a check fails or an answer differs; a warning is no failure.',
    )
    .argument('[spec]', `spec to check (default: ${DEFAULT_SPEC} if there is one)`)
    .addOption(new Option('--nats <url>', 'also check this NATS server'))
    .option('--deep', 'also hold the elements against what is known of them; takes about a minute')
    .option('--json', 'print {"ok", "checks": [{name, ok, warning, detail, remedy}]}; with --deep "deep" too')
    .action(doctor);
}

interface DoctorOptions {
  readonly nats?: string;
  readonly deep?: true;
  readonly json?: true;
}

async function doctor(spec: string | undefined, options: DoctorOptions): Promise<void> {
  const file = spec ?? (existsSync(DEFAULT_SPEC) ? DEFAULT_SPEC : undefined);
  const checks = await examine({
    ...(file !== undefined && { file }),
    ...(options.nats && { nats: options.nats }),
  });
  // Without an addon there is nobody to ask.
  const askable = checks.some(({ name, ok }) => name === 'addon' && ok);
  const deep = options.deep && askable ? await examineDeep(file) : undefined;
  const faults = [...failures(checks), ...differences(deep)];
  if (options.json) print(JSON.stringify({ ok: faults.length === 0, checks, ...(deep && { deep }) }));
  else print([formatChecks(checks), ...(deep ? [renderDeep(deep)] : [])].join('\n\n'));
  if (faults.length > 0) throw new WeirError('CHECK_FAILED', faults.join('; '));
}

function failures(checks: readonly Check[]): string[] {
  const failed = checks.filter((check) => !check.ok);
  if (failed.length === 0) return [];
  const names = failed.map((check) => check.name).join(', ');
  return [`${failed.length} of ${checks.length} checks failed: ${names}`];
}

function differences(deep: ConformanceReport | undefined): string[] {
  const count = differing(deep?.rows ?? []).length;
  return count === 0 ? [] : [`${count} of ${deep?.rows.length} answers differ from what is known`];
}
