/** Names on NATS: `<prefix>.<appliance>.<stream>.<kind>`. */

export interface SubjectScope {
  readonly prefix: string;
  readonly appliance: string;
}

export type SubjectKind = 'detections' | 'status' | `events.${string}` | '*';

/** `stream` may be `*`. */
export function subject(scope: SubjectScope, stream: string, kind: SubjectKind): string {
  return `${scope.prefix}.${scope.appliance}.${stream}.${kind}`;
}

/** `kind` may be `events.<kind>`. Undefined when the subject is not one of the scope's; its appliance may be `*`. */
export function parseSubject(
  scope: SubjectScope,
  text: string,
): { stream: string; kind: string } | undefined {
  const { prefix, appliance } = scope;
  if (!text.startsWith(`${prefix}.`)) return undefined;
  const [owner, stream, kind, event, ...rest] = text.slice(prefix.length + 1).split('.');
  if (!stream || !kind || rest.length > 0 || (appliance !== '*' && owner !== appliance)) return undefined;
  if (event === undefined) return { stream, kind };
  return kind === 'events' && event !== '' ? { stream, kind: `${kind}.${event}` } : undefined;
}
