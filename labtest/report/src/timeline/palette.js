// Colours and patterns, taken from the style sheet, so that there is one list of them.

const TERM_HUES = 6;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

class Palette {
  constructor(root) {
    const probe = root.appendChild(document.createElement("span"));
    probe.hidden = true;
    // A computed colour is one that a canvas takes, whatever the sheet wrote.
    const read = (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    for (const name of ["paper", "desk", "ink", "dim", "rule", "edge", "wall", "hatch", "down",
      "alarm", "good", "focus", "vote", "append", "heartbeat", "snapshot", "other"]) {
      this[name] = read(name);
    }
    this.downInk = read("down-ink");
    this.onSolid = read("on-solid");
    this.solids = Array.from({ length: TERM_HUES + 1 }, (_, hue) => read(`solid-${hue}`));
    this.tints = Array.from({ length: TERM_HUES + 1 }, (_, hue) => read(`tint-${hue}`));
    probe.remove();
    this.patterns = new Map();
  }

  hue(term) { return term > 0 ? (term - 1) % TERM_HUES + 1 : 0; }
  solid(term) { return this.solids[this.hue(term)]; }
  tint(term) { return this.tints[this.hue(term)]; }
  message(kind) { return this[KINDS[kind]]; }

  // A pattern for the lanes with a fault, or for the band of a candidate; the same at any zoom,
  // and as fine as the canvas.
  pattern(context, shape, colour) {
    const { scale } = this;
    const key = `${shape} ${colour} ${scale}`;
    if (!this.patterns.has(key)) this.patterns.set(key, makePattern(context, shape, colour, scale));
    return this.patterns.get(key);
  }
}

// The width of a tile, the lines on it and how wide they are; the tiles join without a seam.
const PATTERNS = {
  diagonal: { size: 8, lines: [[-2, 10, 10, -2], [-2, 2, 2, -2], [6, 10, 10, 6]] },
  stripes: { size: 6, width: 2, lines: [[-2, 8, 8, -2], [-1, 1, 1, -1], [5, 7, 7, 5]] },
  upright: { size: 8, lines: [[4, 0, 4, 8]] },
  level: { size: 6, lines: [[0, 3, 6, 3]] },
  dots: { size: 7, width: 1.5, lines: [[3, 3, 4.5, 3]] },
  dashes: { size: 10, lines: [[1, 2, 5, 4], [6, 7, 10, 9]] },
  plus: { size: 10, lines: [[5, 3, 5, 7], [3, 5, 7, 5]] },
  crossed: { size: 8, lines: [[2, 2, 5, 5], [5, 2, 2, 5]] },
};

// The ground of a fault by its looks, as the still picture (`svg.rs`) has it.
const FAULT_PATTERNS = {
  cut: "diagonal", pause: "upright", slow: "dots", disk: "level", message: "dashes", clock: "plus", other: "crossed",
};

function makePattern(context, shape, colour, scale) {
  const { size, width = 1, lines } = PATTERNS[shape];
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.max(1, Math.round(size * scale));
  const tile = canvas.getContext("2d");
  tile.scale(canvas.width / size, canvas.height / size);
  tile.strokeStyle = colour;
  tile.lineWidth = width;
  tile.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    tile.moveTo(x0, y0);
    tile.lineTo(x1, y1);
  }
  tile.stroke();
  const pattern = context.createPattern(canvas, "repeat");
  pattern.setTransform(new DOMMatrix().scale(size / canvas.width));
  return pattern;
}
