/** A camera's own clock, as its sender reports tell it: values of the slot's gauge `clockState`. */
export const CLOCK_BELIEVED = 1;
/** An hour off or more: it was never set. Messages then tell this machine's time. */
export const CLOCK_ABSURD = 2;

/** `1.20 s behind ours`. */
export function skewWords(seconds: number): string {
  const off = Math.abs(seconds);
  const words = off < 3600 ? `${off.toFixed(2)} s` : `${Math.floor(off / 3600)} h`;
  return `${words} ${seconds < 0 ? 'ahead of' : 'behind'} ours`;
}
