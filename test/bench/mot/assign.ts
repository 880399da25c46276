/** Which rows and columns belong together: each in at most one pair, the sum of the pairs' weights the largest possible. */

export type Pair = readonly [row: number, column: number];

/**
 * The Hungarian method by shortest augmenting paths, O(n³). Weights are at least 0; a pair of weight 0 is none, and is
 * left out. Rows may be fewer or more than columns.
 */
export function assign(weights: readonly (readonly number[])[]): Pair[] {
  const rows = weights.length;
  const columns = weights[0]?.length ?? 0;
  if (rows > columns) {
    const turned = Array.from({ length: columns }, (_, c) => weights.map((row) => row[c] as number));
    return assign(turned).map(([c, r]) => [r, c]);
  }
  const rowOf = new Solver(weights, rows, columns).solve();
  return rowOf
    .map((row, column): Pair => [row, column])
    .filter(([row, column]) => row >= 0 && (weights[row]?.[column] ?? 0) > 0)
    .sort(([a], [b]) => a - b);
}

/** Costs are negated weights; `#u` and `#v` are the dual prices of rows and columns. */
class Solver {
  readonly #u: number[];
  readonly #v: number[];
  readonly #rowOf: number[];

  constructor(
    private readonly weights: readonly (readonly number[])[],
    private readonly rows: number,
    private readonly columns: number,
  ) {
    this.#u = Array<number>(rows).fill(0);
    this.#v = Array<number>(columns).fill(0);
    this.#rowOf = Array<number>(columns).fill(-1);
  }

  solve(): number[] {
    for (let row = 0; row < this.rows; row++) this.#augment(row);
    return this.#rowOf;
  }

  #augment(start: number): void {
    const distance = Array<number>(this.columns).fill(Infinity);
    const cameFrom = Array<number>(this.columns).fill(-1);
    const done = new Set<number>();
    let [row, column] = [start, -1];
    for (;;) {
      let nearest = -1;
      for (let c = 0; c < this.columns; c++) {
        if (done.has(c)) continue;
        const reduced = -this.#weight(row, c) - at(this.#u, row) - at(this.#v, c);
        const through = (column < 0 ? 0 : at(distance, column)) + reduced;
        if (through < at(distance, c)) [distance[c], cameFrom[c]] = [through, column];
        if (nearest < 0 || at(distance, c) < at(distance, nearest)) nearest = c;
      }
      column = nearest;
      done.add(column);
      if (at(this.#rowOf, column) < 0) break;
      row = at(this.#rowOf, column);
    }
    this.#reprice(start, distance, done, at(distance, column));
    for (let c = column; c >= 0;) {
      const before = at(cameFrom, c);
      this.#rowOf[c] = before < 0 ? start : at(this.#rowOf, before);
      c = before;
    }
  }

  #reprice(start: number, distance: readonly number[], done: ReadonlySet<number>, end: number): void {
    this.#u[start] = at(this.#u, start) + end;
    for (const c of done) {
      const slack = end - at(distance, c);
      const row = at(this.#rowOf, c);
      this.#v[c] = at(this.#v, c) - slack;
      if (row >= 0) this.#u[row] = at(this.#u, row) + slack;
    }
  }

  #weight(row: number, column: number): number {
    return this.weights[row]?.[column] ?? 0;
  }
}

function at(list: readonly number[], index: number): number {
  return list[index] as number;
}
