/** Which web pages may use the API: those of the appliance's own origin, and those the spec lists. */
import { WeirError } from '../../spec/error.js';
import { show } from '../../spec/problem.js';

export interface Asked {
  readonly origin: string | undefined;
  readonly host: string | undefined;
}

/** Throws FORBIDDEN. Programs that are no browsers send no origin. */
export function requireOrigin({ origin, host }: Asked, listed: readonly string[]): void {
  if (origin === undefined || isListed(origin, listed) || isOwn(origin, host)) return;
  throw new WeirError('FORBIDDEN', `web pages of ${show(origin)} may not use this appliance`, {
    remedy: 'list the origin in control.origins',
  });
}

/** What a browser wants to hear before it lets a page of another origin look at the answer. */
export function corsHeaders(origin: string | undefined, listed: readonly string[]): Record<string, string> {
  if (origin === undefined || !isListed(origin, listed)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'Retry-After',
  };
}

export const PREFLIGHT_HEADERS = {
  'access-control-allow-headers': 'Authorization, Content-Type',
  'access-control-max-age': '600',
};

function isListed(origin: string, listed: readonly string[]): boolean {
  return listed.some((each) => each.toLowerCase() === origin.toLowerCase());
}

/** The scheme is not known here: a proxy may have taken TLS off. */
function isOwn(origin: string, host: string | undefined): boolean {
  return host !== undefined && /^https?:\/\/(.+)$/i.exec(origin)?.[1]?.toLowerCase() === host.toLowerCase();
}
