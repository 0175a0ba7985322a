// Plays the run: the cursor goes on by itself, through what is in sight in a few seconds, and the picture
// with it.

const PLAY_SECONDS = 12;

class Player {
  constructor(timeline) {
    this.timeline = timeline;
    this.button = document.getElementById("play");
    this.frame = 0;
  }

  get plays() { return this.frame !== 0; }

  toggle() {
    if (this.plays) this.stop();
    else this.start();
  }

  start() {
    const { timeline } = this;
    const { view, run } = timeline;
    const from = timeline.selection?.at ?? view.start;
    this.at = from < run.endAt ? Math.max(0, from) : Math.max(0, view.start);
    this.then = null;
    this.button.setAttribute("aria-pressed", true);
    this.frame = requestAnimationFrame((now) => this.go(now));
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.button.setAttribute("aria-pressed", false);
  }

  go(now) {
    const { view, run } = this.timeline;
    const passed = Math.min(100, now - (this.then ?? now)) / 1000;
    this.then = now;
    this.at = Math.min(run.endAt, this.at + passed * view.span / PLAY_SECONDS);
    this.timeline.playTo(this.at);
    if (this.at >= run.endAt) this.stop();
    else this.frame = requestAnimationFrame((next) => this.go(next));
  }
}
