/** `[MODEL=]N` as an option that may be repeated; without a model it is of every other one. */
import { InvalidArgumentError } from 'commander';

const SHAPE = /^(?:(?<model>[a-z0-9][a-z0-9_-]{0,62})=)?(?<number>\d{1,9}(?:\.\d{1,6})?)$/;

export function byModel(text: string, before?: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const { model = '*', number } = SHAPE.exec(text)?.groups ?? {};
  const value = Number(number);
  if (value > 0) return new Map([...(before ?? []), [model, value]]);
  throw new InvalidArgumentError('Expected a number above 0, or MODEL=NUMBER.');
}
