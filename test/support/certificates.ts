/** Certificates made when asked for, by the openssl program. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './process.js';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** Names and addresses, as OpenSSL writes them: `DNS:cam,IP:127.0.0.1`. */
  readonly names: string;
  /** Days from now on it is valid; negative: it was. Default 2. */
  readonly days?: number;
}

async function openssl(...args: string[]): Promise<void> {
  const { code, stderr } = await run('openssl', args);
  if (code !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
}

/** A certificate that signs itself, in files below `dir`. */
export async function selfSigned(dir: string, options: CertificateOptions): Promise<Certificate> {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const { names, days = 2 } = options;
  await writeFile(join(dir, 'names.cnf'), `subjectAltName=${names}\n`);
  await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key);
  await openssl('req', '-new', '-key', key, '-subj', '/CN=weir test', '-out', join(dir, 'request.pem'));
  const sign = ['-req', '-in', join(dir, 'request.pem'), '-signkey', key, '-out', cert];
  await openssl('x509', ...sign, '-days', String(days), '-extfile', join(dir, 'names.cnf'));
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
}
