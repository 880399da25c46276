/**
 * Keeps credentials out of what people read: secrets that are known, in every spelling they may take on the way, and
 * the places where credentials usually stand.
 */

/** Shorter ones would blank out ordinary words, and so tell what they are; the places below hide them all the same. */
const SHORTEST = 4;
/** Lines of a secret of many, such as NATS credentials. */
const SHORTEST_LINE = 16;
const MASK = '***';

/** A value in quotes, in escaped quotes, or up to the next blank. */
const VALUE = String.raw`(?:\\+".*?\\+"|"(?:[^"\\]|\\.)*"|'[^']*'|\S+)`;
const PLACES: readonly (readonly [RegExp, string])[] = [
  // User information of a URI. Up to the last "@": a password may hold one, or a "/".
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s"'<>]{1,512}@/gi, `$1${MASK}@`],
  // Properties of GStreamer's sources, also as `user-pw=(string)value`.
  [new RegExp(String.raw`\b(user-(?:id|pw)["'\\]*\s*[=:]\s*)(?:\(\w+\)\s*)?${VALUE}`, 'gi'), `$1${MASK}`],
  [/\b((?:proxy-)?authorization["'\\]*\s*[=:]\s*)[^\r\n]+/gi, `$1${MASK}`],
  // A Digest answer can be tried against a list of passwords.
  [new RegExp(String.raw`\b(response\s*=\s*)(?=\\*["']?[0-9a-f]{32})${VALUE}`, 'gi'), `$1${MASK}`],
];

export class Redactor {
  readonly #known = new Set<string>();
  #pattern: RegExp | undefined;

  /** Values of three characters or less are not looked for. */
  add(secret: string): void {
    if (secret.length < SHORTEST) return;
    for (const spelling of spellings(secret)) this.#learn(spelling);
    for (const line of secret.split(/\r?\n/))
      if (line.length >= SHORTEST_LINE && line !== secret) this.add(line);
  }

  /** Both, and what HTTP and RTSP make of them: base64 of `user:password`. */
  addPair(user: string, password: string): void {
    this.add(user);
    this.add(password);
    for (const spelling of base64(`${user}:${password}`)) this.#learn(spelling);
  }

  /** The text without user information in URIs and without any known secret. */
  clean(text: string): string {
    let cleaned = this.#known.size > 0 ? text.replace(this.#anyKnown(), MASK) : text;
    for (const [place, replacement] of PLACES) cleaned = cleaned.replace(place, replacement);
    return cleaned;
  }

  #learn(spelling: string): void {
    if (this.#known.has(spelling)) return;
    this.#known.add(spelling);
    this.#pattern = undefined;
  }

  /** The longest first: a secret may hold another. */
  #anyKnown(): RegExp {
    this.#pattern ??= new RegExp(
      [...this.#known]
        .sort((a, b) => b.length - a.length)
        .map((known) => known.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`))
        .join('|'),
      'g',
    );
    return this.#pattern;
  }
}

function spellings(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    ...percentEncoded(secret).flatMap((text) => [text, lowerHex(text)]),
    ...base64(secret),
  ];
}

/** As for a query, for a whole URI, for a form, and with all that RFC 3986 reserves. */
function percentEncoded(secret: string): string[] {
  const whole = Buffer.from(secret).toString();
  const component = encodeURIComponent(whole);
  const reserved = component.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return [component, reserved, encodeURI(whole), component.replaceAll('%20', '+')];
}

function lowerHex(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function base64(text: string): string[] {
  const bytes = Buffer.from(text);
  const padded = bytes.toString('base64');
  const bare = padded.replace(/=+$/, '');
  return bare.length < SHORTEST ? [] : [padded, bare, bytes.toString('base64url')];
}
