// Finds what is written anywhere in the run: messages, states, faults, commands, steps.

class Search {
  constructor(timeline) {
    this.timeline = timeline;
    this.input = document.getElementById("search");
    this.told = document.getElementById("found");
    this.hits = [];
    this.place = -1;
    this.asked = "";
    this.input.addEventListener("input", () => this.find());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.go(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") this.clear();
      else return;
      event.preventDefault();
    });
  }

  // The words of every event, made when first asked for. The words of a message are at the time of sending.
  get haystack() {
    const { run, picture, words } = this.timeline;
    if (!this.events) {
      const seen = new Set();
      this.events = allMoments(run, picture.logs).filter(({ item }) => {
        const key = `${item.type} ${item.server} ${item.id ?? item.at}`;
        return !seen.has(key) && seen.add(key);
      });
      this.texts = this.events.map(({ item }) => {
        const { title, lines } = words.describe(item);
        return `${title} ${lines.map((line) => line.text ?? line).join(" ")}`.toLowerCase();
      });
    }
    return this.texts;
  }

  // Everything in which all the words stand, a number only as a whole.
  find() {
    this.asked = this.input.value.trim().toLowerCase();
    const wanted = this.asked.split(/\s+/).filter(Boolean).map((word) => (
      /^\d+$/.test(word) ? new RegExp(`(?<!\\d)${word}(?!\\d)`) : word));
    const has = (text) => wanted.every((word) => (word.test ? word.test(text) : text.includes(word)));
    this.hits = [];
    this.place = -1;
    if (wanted.length) this.haystack.forEach((text, id) => { if (has(text)) this.hits.push(id); });
    this.tell();
    this.timeline.redraw();
  }

  // To the next or previous one, at first from what is in sight on.
  go(direction) {
    if (!this.hits.length) return;
    const { view } = this.timeline;
    if (this.place < 0) {
      const first = firstWhere(this.hits.length, (place) => this.events[this.hits[place]].at >= view.start);
      this.place = direction > 0 ? first - 1 : first;
    }
    this.place = (this.place + direction + this.hits.length) % this.hits.length;
    const { item, at } = this.events[this.hits[this.place]];
    this.timeline.lookAt(at, 0.4 * SECOND);
    this.timeline.select(item, at);
    this.tell();
  }

  tell() {
    const count = this.hits.length.toLocaleString("en");
    this.told.textContent = !this.asked ? "" : !this.hits.length ? "none"
      : this.place < 0 ? count : `${this.place + 1} of ${count}`;
  }

  clear() {
    this.input.value = "";
    this.find();
    this.timeline.stage.focus();
  }

  // Where the hits are, on the axis.
  paint(context, view, palette) {
    if (!this.hits.length) return;
    context.fillStyle = palette.focus;
    let place = firstWhere(this.hits.length, (id) => this.events[this.hits[id]].at >= view.start);
    while (place < this.hits.length && this.events[this.hits[place]].at <= view.end) {
      const x = Math.round(view.x(this.events[this.hits[place]].at));
      context.fillRect(x - 1, AXIS_HEIGHT - 6, 2, 5);
      const next = view.time(x + 2);
      place = Math.max(place + 1, firstWhere(this.hits.length, (id) => this.events[this.hits[id]].at >= next));
    }
  }
}
