/** Keeps credentials out of what people read. */

const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;

export class Redactor {
  readonly #secrets = new Set<string>();

  /** Values of three characters or less would blank out ordinary words. */
  add(secret: string): void {
    if (secret.length <= 3) return;
    this.#secrets.add(secret);
    this.#secrets.add(encodeURIComponent(secret));
  }

  /** The text without user information in URIs and without any known secret. */
  clean(text: string): string {
    let cleaned = text.replace(USER_INFO, '$1***@');
    for (const secret of this.#secrets) cleaned = cleaned.replaceAll(secret, '***');
    return cleaned;
  }
}
