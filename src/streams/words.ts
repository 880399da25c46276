/** Numbers as people read them. */

export function seconds(ms: number): string {
  const s = ms / 1000;
  return `${s < 9.95 ? s.toFixed(1) : Math.round(s)} s`;
}

export function percent(share: number): string {
  const p = share * 100;
  return `${p < 9.95 ? p.toFixed(1) : Math.round(p)} %`;
}
