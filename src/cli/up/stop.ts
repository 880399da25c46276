/** When the appliance is to stop: at SIGINT or SIGTERM, or when the parent's channel closes. */

export class Stop {
  readonly asked: Promise<void>;
  #insisted: () => void = () => undefined;

  constructor() {
    this.asked = new Promise((resolve) => {
      let asked = false;
      const stop = (): void => {
        if (asked) this.#insisted();
        asked = true;
        resolve();
      };
      process.on('SIGINT', stop);
      process.on('SIGTERM', stop);
      // Reads the spec anew while the appliance runs; before and after that it must not be an end without order.
      process.on('SIGHUP', () => undefined);
      process.once('disconnect', stop);
      // Undefined where there never was a channel.
      if (process.connected === false) stop();
    });
  }

  /** At a second signal: whoever asks twice does not want to wait. */
  onInsisted(act: () => void): void {
    this.#insisted = act;
  }
}
