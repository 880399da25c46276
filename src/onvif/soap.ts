/** Questions to a device and its answers. */
import { printable } from '../net/printable.js';
import { ConnectFailure } from '../streams/connect-failure.js';
import type { HttpAnswer } from './http.js';
import { type Element, first, parseXml, text } from './xml.js';

/** The device understands the question and says no, e.g. because it has no such service. */
export class Refusal extends ConnectFailure {
  constructor(message: string) {
    super('source', message);
    this.name = 'Refusal';
  }
}

export function envelope(body: string, header = ''): string {
  const head = header === '' ? '' : `<s:Header>${header}</s:Header>`;
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">${head}<s:Body>${body}</s:Body></s:Envelope>`;
}

/** The element of the answer's body. Throws ConnectFailure: `unauthorized` where the device wants to know who asks. */
export function answerOf({ status, body }: HttpAnswer, operation: string): Element {
  if (status === 401 || status === 403) throw unauthorized(status);
  if (!body.includes('<'))
    throw new ConnectFailure('source', `${operation}: the device answers HTTP ${status}`);
  const content = first(parseXml(body), 'Envelope', 'Body');
  const fault = first(content, 'Fault');
  if (fault !== undefined) throw refusal(fault, operation);
  const answer = first(content, `${operation}Response`);
  if (answer === undefined)
    throw new ConnectFailure('source', `${operation}: the device answers something else`);
  return answer;
}

function unauthorized(status: number | string): ConnectFailure {
  return new ConnectFailure('unauthorized', `the device refuses the login, or wants one (${status})`);
}

/** Both generations of SOAP are met. */
function refusal(fault: Element, operation: string): ConnectFailure {
  const code = `${text(fault, 'Code', 'Subcode', 'Value')} ${text(fault, 'faultcode')}`;
  const nested = text(fault, 'Code', 'Subcode', 'Subcode', 'Value');
  if (/NotAuthorized|FailedAuthentication|FailedCheck|InvalidSecurity/i.test(`${code} ${nested}`))
    return unauthorized('NotAuthorized');
  const reason = text(fault, 'Reason', 'Text') || text(fault, 'faultstring') || code;
  return new Refusal(`${operation}: the device refuses: ${printable(reason)}`);
}
