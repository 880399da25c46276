/** What to do with user and password, where somebody has written them into an address. */
import { WeirError } from '../spec/error.js';

const HINT = `give them as references: --user '\${env:CAM_USER}' --password '\${env:CAM_PASSWORD}'; a literal "@" is %40`;

/** The appliance refuses such an address; it cannot know of our options. */
export async function withLoginHint<T>(stream: { readonly uri?: unknown }, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== 'SPEC_INVALID' || !hasUserInfo(stream.uri))
      throw error;
    throw new WeirError(error.code, error.message, { remedy: HINT, cause: error });
  }
}

function hasUserInfo(uri: unknown): boolean {
  return JSON.stringify(uri ?? '').includes('@');
}
