/** One request to a device: bounded in time and size, no redirects, no proxy, no second connection. */
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { bare } from '../net/resolve.js';
import { ConnectFailure } from '../streams/connect-failure.js';
import type { Cause } from '../streams/retry.js';
import { seconds } from '../streams/words.js';
import { MAX_ANSWER_BYTES } from './xml.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

const SAID: Readonly<Record<string, readonly [Cause, string]>> = {
  ECONNREFUSED: ['refused', 'the connection is refused'],
  EHOSTUNREACH: ['unreachable', 'no route to the host, or it is down'],
  ENETUNREACH: ['unreachable', 'no route to its network'],
};

/** Rejects with ConnectFailure. */
export async function post(url: URL, body: string, { headers, timeoutMs }: PostOptions): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await answerTo(url, body, headers, signal);
    if (answer.status >= 300 && answer.status < 400)
      throw new ConnectFailure('forbidden', `${url.host} redirects, which is not followed`);
    return answer;
  } catch (error) {
    if (error instanceof ConnectFailure) throw error;
    if (signal.aborted)
      throw new ConnectFailure('timeout', `${url.host} did not answer within ${seconds(timeoutMs)}`);
    const { code = '', message } = error as NodeJS.ErrnoException;
    const [cause, words] = SAID[code] ?? ['unreachable', message];
    throw new ConnectFailure(cause, `${url.host}: ${words}`);
  }
}

function answerTo(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const to = { host: bare(url.hostname), port: url.port || 80, path: `${url.pathname}${url.search}` };
    const length = { 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' };
    const asked = request({
      ...to,
      method: 'POST',
      headers: { ...headers, ...length },
      agent: false,
      signal,
    });
    asked.once('response', (response) => void received(response).then(resolve, reject));
    asked.on('error', reject);
    asked.end(body);
  });
}

async function received(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > MAX_ANSWER_BYTES)
      throw new ConnectFailure('source', "the device's answer is larger than 256 KiB");
    chunks.push(chunk);
  }
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: Buffer.concat(chunks).toString('utf8') };
}
