/** Contestants measured in turns: what changes on the machine meanwhile is shared by all of them. */

export interface Contestant<Sample> {
  readonly name: string;
  /** One measurement. `round` counts from 1; `earlier` are those of this round by name. */
  measure(round: number, earlier: ReadonlyMap<string, Sample>): Promise<Sample>;
}

export interface RoundsOptions<Sample> {
  readonly rounds: number;
  /** Each round in the same order: where one needs what another found. Default: every other one backwards. */
  readonly sameOrder?: boolean;
  /** Told of each sample. */
  progress?(line: string, sample: Sample): void;
}

/** The samples of each contestant, one per round, in order. */
export async function inTurns<Sample>(
  contestants: readonly Contestant<Sample>[],
  { rounds, sameOrder = false, progress }: RoundsOptions<Sample>,
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    const earlier = new Map<string, Sample>();
    const order = sameOrder || round % 2 === 1 ? contestants : [...contestants].reverse();
    for (const { name, measure } of order) {
      const sample = await measure(round, earlier);
      earlier.set(name, sample);
      samples.get(name)?.push(sample);
      progress?.(`round ${round} of ${rounds}, ${name}`, sample);
    }
  }
  return samples;
}
