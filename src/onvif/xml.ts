/** XML of strangers → elements. No document type, so no entities but the five of XML itself; bounded in size and depth. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { record } from '../spec/fault.js';
import { ConnectFailure } from '../streams/connect-failure.js';

/** An element: its text, or its children by local name; attributes begin with `@`. */
export type Element = unknown;

export const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_DEPTH = 40;

const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  processEntities: false,
  maxNestedTags: MAX_DEPTH,
});

/** Throws ConnectFailure. */
export function parseXml(text: string): Element {
  if (text.length > MAX_ANSWER_BYTES) throw malformed('larger than 256 KiB');
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw malformed('with a document type, which SOAP forbids');
  try {
    if (XMLValidator.validate(text) === true) return parser.parse(text);
  } catch (cause) {
    throw malformed((cause as Error).message.split('\n')[0] ?? '');
  }
  throw malformed('no well-formed XML');
}

function malformed(what: string): ConnectFailure {
  return new ConnectFailure('source', `the device's answer is malformed: ${what}`);
}

/** All children of a name. */
export function all(element: Element, name: string): readonly Element[] {
  const parent = record(element);
  const found = Object.hasOwn(parent, name) ? parent[name] : [];
  return Array.isArray(found) ? found : [found];
}

/** The first of each name on the way down. */
export function first(element: Element, ...path: readonly string[]): Element {
  return path.reduce<Element>((parent, name) => all(parent, name)[0], element);
}

/** Empty where there is none. */
export function text(element: Element, ...path: readonly string[]): string {
  const found = first(element, ...path);
  const content = typeof found === 'string' ? found : record(found)['#text'];
  return typeof content === 'string' ? decoded(content) : '';
}

export function attribute(element: Element, name: string): string {
  return text(element, `@${name}`);
}

/** Undefined where there is none, or it is no number. */
export function numberAt(element: Element, ...path: readonly string[]): number | undefined {
  const content = text(element, ...path);
  const value = Number(content);
  return content !== '' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decoded(content: string): string {
  return content.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot|apos));/gi,
    (all, dec, hex, name) => {
      if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? String(all);
      const code = dec === undefined ? Number.parseInt(String(hex), 16) : Number(dec);
      return code <= 0x10ffff ? String.fromCodePoint(code) : '';
    },
  );
}

export function escaped(content: string): string {
  const names: Readonly<Record<string, string>> = {
    '<': 'lt',
    '>': 'gt',
    '&': 'amp',
    '"': 'quot',
    "'": 'apos',
  };
  return content.replace(/[<>&"']/g, (c) => `&${names[c]};`);
}
