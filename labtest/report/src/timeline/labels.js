// What messages say, in a word or two on their arrows, while there is room for it.

// Pixels per label: more labels would hide what they are about.
const LABEL_ROOM = 18;
const LABEL_HEIGHT = 13;
// Where along its arrow a label may stand, the best place first.
const LABEL_PLACES = [0.5, 0.34, 0.66, 0.22, 0.78];

class LabelPainter {
  constructor(run, lettering, filter) {
    Object.assign(this, { run, lettering, filter });
    this.shown = 0;
  }

  paint(context, view, layout, palette, arrows, past) {
    this.shown = 0;
    const ids = arrows.flatMap(({ spans, from, to }) => [...spans.ids.slice(from, to)]).filter(
      (id) => this.filter.shows(id) && past.has(id));
    if (ids.length * LABEL_ROOM > view.width) return;
    this.lettering.useFont(context, "10.5px");
    context.textBaseline = "middle";
    context.textAlign = "center";
    const taken = [];
    for (const id of ids) {
      const text = shortWords(this.run, id);
      const box = text && this.placeFor(context, view, layout.arrow(view, id), text, taken, layout);
      if (!box) continue;
      taken.push(box);
      context.globalAlpha = 0.85;
      context.fillStyle = palette.paper;
      context.fillRect(box.left, box.top, box.right - box.left, LABEL_HEIGHT);
      context.globalAlpha = 1;
      context.fillStyle = palette.message(this.run.messages.kind[id]);
      context.fillText(text, (box.left + box.right) / 2, box.top + LABEL_HEIGHT / 2 + 0.5);
      this.shown += 1;
    }
    context.textAlign = "left";
  }

  // A place that is free of other labels, and of the boxes of the lanes with their marks.
  placeFor(context, view, { x0, y0, x1, y1 }, text, taken, layout) {
    const half = this.lettering.textWidth(context, text) / 2 + 3;
    for (const part of LABEL_PLACES) {
      const x = x0 + (x1 - x0) * part, y = y0 + (y1 - y0) * part;
      const box = { left: x - half, right: x + half, top: y - LABEL_HEIGHT / 2, bottom: y + LABEL_HEIGHT / 2 };
      if (box.left < view.left || box.right > view.right || box.top < AXIS_HEIGHT) continue;
      const overlaps = (other) => (
        box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom);
      if (taken.some(overlaps)) continue;
      if (layout.lanes.some(({ boxTop, boxBottom }) => box.top < boxBottom && boxTop - CAUSE_RADIUS < box.bottom)) continue;
      return box;
    }
    return null;
  }
}

// The words of a message, cut down to what tells it from its neighbours. What a Raft words in its own way is
// known by the name of its method.
function shortWords(run, id) {
  const { messages, texts } = run;
  const text = texts[messages.text[id]];
  const kind = KINDS[messages.kind[id]];
  if (messages.reply[id]) {
    if (/^(gives|would vote)/.test(text)) return "yes";
    if (/^accepts/.test(text)) return /up to (\d+)/.exec(text)?.[1] ?? "ok";
    return /^(refuses|would not)/.test(text) ? "no" : "";
  }
  const term = /term (\d+)/.exec(text);
  if (kind === "vote") {
    const [, index, of] = /ends at (\d+) of term (\d+)/.exec(text) ?? [];
    return `vote${term ? ` ${term[1]}` : ""}?${index ? ` (${index}:${of})` : ""}`;
  }
  if (kind === "append" || kind === "heartbeat") {
    const after = /after (\d+) of term (\d+)/.exec(text);
    const entries = /(\d+) entr/.exec(text);
    const what = after ? `${after[1]}:${after[2]}` : term ? `t${term[1]}` : "";
    return entries && kind === "append" ? `${what} +${entries[1]}` : what;
  }
  return kind === "snapshot" ? snapshotWords(text) : texts[messages.method[id]];
}

// Up to which index, and of a piece from which byte on how many: `snapshot 13 [16 +3]`.
function snapshotWords(text) {
  const [, index] = /up to (\d+)/.exec(text) ?? [];
  const [, bytes, from] = /\((\d+) bytes? from (\d+)/.exec(text) ?? [];
  return `snapshot${index ? ` ${index}` : ""}${from ? ` [${from} +${bytes}]` : ""}`;
}
