/** What is wrong with a server's certificate, in words. */
import { readFileSync } from 'node:fs';

/** Where distributions keep the issuers that GStreamer's TLS trusts; Node brings a list of its own. */
const SYSTEM_ISSUERS = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'];

const WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet; is the clock right?',
  CERT_REVOKED: 'was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed and not among those this system trusts',
  SELF_SIGNED_CERT_IN_CHAIN: 'comes from an issuer this system does not trust',
  UNABLE_TO_GET_ISSUER_CERT: 'comes from an issuer this system does not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'comes from an issuer this system does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes from an issuer this system does not trust',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another name',
};

/** By the code of OpenSSL or Node. */
export function certificateProblem(code: string): string {
  return `the certificate ${WORDS[code] ?? `is refused (${code})`}`;
}

/** The issuers this system trusts, as PEM; undefined where they are not found: Node then uses its own. */
export function systemIssuers(): string | undefined {
  for (const path of SYSTEM_ISSUERS) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // The next place may have them.
    }
  }
  return undefined;
}
