/** The appliance at a glance. */
import type { ApplianceView, StreamView } from '../../supervisor/views.js';
import { age } from '../text.js';
import { pipelineTable } from './pipeline-table.js';
import { streamRates } from './stream-table.js';

export function statusText(appliance: ApplianceView, streams: readonly StreamView[]): string {
  const tables = [pipelineTable(appliance.pipelines), ...(streams.length > 0 ? [streamRates(streams)] : [])];
  return [head(appliance), ...tables].join('\n\n');
}

function head({ appliance, version, generation, startedAt, spec, streams }: ApplianceView): string {
  const { total, live, failed } = streams;
  const counts = `${live} of ${total} live${failed > 0 ? `, ${failed} failed` : ''}`;
  const note = spec.applied ? ', and another that was applied since' : '';
  return [
    `appliance ${appliance}, version ${version}, up ${age(startedAt)}, generation ${generation}`,
    `spec ${spec.file}${note}, streams: ${counts}`,
  ].join('\n');
}
