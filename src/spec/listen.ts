/** Where an HTTP server listens, as the spec writes it. */

export interface ListenAddress {
  /** A name or an address; of version 6 without brackets. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

const HOST = String.raw`\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?`;
const PORT = String.raw`\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]`;
export const LISTEN_PATTERN = new RegExp(`^(${HOST}):(${PORT})$`);
export const LISTEN_EXPECTS = 'host:port or [IPv6 address]:port';

/** `text` has passed LISTEN_PATTERN. */
export function parseListen(text: string): ListenAddress {
  const [, host = '', port = ''] = LISTEN_PATTERN.exec(text) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
