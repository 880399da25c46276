/** Options that the commands about unknown cameras share. */
import { Option } from 'commander';
import { WeirError } from '../../spec/error.js';
import { parseSecretRef, SECRET_SYNTAX } from '../../spec/secret.js';

export function userOption(): Option {
  return new Option('--user <ref>', 'user name, by reference, e.g. ${env:CAM_USER}').argParser(
    reference('user'),
  );
}

export function passwordOption(): Option {
  return new Option('--password <ref>', 'password, by reference, e.g. ${file:/run/secrets/cam}').argParser(
    reference('password'),
  );
}

/** What is given in its place may be the secret itself: no message repeats it, as commander's would. */
function reference(name: string): (text: string) => string {
  return (text) => {
    if (parseSecretRef(text)) return text;
    throw new WeirError(
      'USAGE',
      `--${name} is not a reference; expected ${SECRET_SYNTAX}, in single quotes`,
      {
        remedy: 'put the secret into an environment variable or a file: command lines are seen by everybody',
      },
    );
  };
}
