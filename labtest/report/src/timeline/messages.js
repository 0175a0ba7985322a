// Messages: arrows while there is room for them, and where there is none, how many there were.

// What is chosen first, and so stays an arrow the longest: requests before replies, and of each
// what is rare and decides something before what is sent all the time.
const KINDS_BY_WEIGHT = ["vote", "snapshot", "append", "other", "heartbeat"].map((kind) => KINDS.indexOf(kind));
const CLASSES_BY_WEIGHT = [...KINDS_BY_WEIGHT, ...KINDS_BY_WEIGHT.map((kind) => kind + KINDS.length)];
const ARROWS_PER_PIXEL = 0.5;
const COLUMN_WIDTH = 3;
const FADED = 0.12;

class MessagePainter {
  constructor(run, filter) {
    this.run = run;
    this.filter = filter;
    // What was last drawn as arrows: of each class, which of its spans.
    this.arrows = [];
    // What was last drawn as columns, if anything.
    this.columns = null;
    this.counts = { arrows: 0, inColumns: 0 };
  }

  // Chooses what fits as arrows, the most telling kinds first.
  choose(view) {
    const { messages } = this.run;
    const room = Math.max(300, view.width * ARROWS_PER_PIXEL);
    const crowded = [];
    let used = 0;
    this.arrows = [];
    for (const number of CLASSES_BY_WEIGHT) {
      if (!this.filter.showsClass(number)) continue;
      const spans = messages.classes[number];
      const [from, to] = spans.range(view.start, view.end);
      if (from === to) continue;
      // After the first that does not fit, the less telling ones would only be in the way.
      if (crowded.length === 0 && used + to - from <= room) {
        used += to - from;
        this.arrows.push({ number, spans, from, to });
      } else {
        crowded.push({ number, spans, from, to });
      }
    }
    this.columns = crowded.length ? this.count(view, crowded) : null;
    this.counts = { arrows: used, inColumns: this.columns?.total ?? 0 };
  }

  // How many messages of each kind each server sent in each column of pixels, and how many of
  // them were lost.
  count(view, crowded) {
    const { messages, servers } = this.run;
    const width = Math.ceil(view.width / COLUMN_WIDTH);
    const parts = KINDS.length + 1;
    const cells = new Uint32Array(width * servers * parts);
    let total = 0;
    for (const { spans, from, to } of crowded) {
      for (let place = from; place < to; place++) {
        const id = spans.ids[place];
        const column = Math.floor((view.x(messages.sent[id]) - view.left) / COLUMN_WIDTH);
        if (column < 0 || column >= width || !this.filter.shows(id)) continue;
        const cell = (column * servers + messages.from[id]) * parts;
        cells[cell + messages.kind[id]] += 1;
        if (messages.fate[id] >= LOST) cells[cell + KINDS.length] += 1;
        total += 1;
      }
    }
    let most = 1;
    for (let cell = 0; cell < cells.length; cell += parts) {
      let sum = 0;
      for (let kind = 0; kind < KINDS.length; kind++) sum += cells[cell + kind];
      most = Math.max(most, sum);
    }
    return { cells, parts, width, most, total };
  }

  // What is not part of the past fades, if one is shown.
  paint(context, view, layout, palette, past) {
    this.choose(view);
    if (this.columns) this.paintColumns(context, view, layout, palette, past.until ? FADED : 1);
    // Backwards, so that the most telling ones lie on top.
    const chosen = [...this.arrows].reverse();
    const shows = (id) => this.filter.shows(id);
    const paint = (alpha, isMeant) => {
      for (const one of chosen) this.paintArrows(context, view, layout, palette, one, alpha, isMeant);
    };
    if (past.until) paint(FADED, (id) => shows(id) && !past.has(id));
    paint(1, (id) => shows(id) && past.has(id));
  }

  paintColumns(context, view, layout, palette, alpha) {
    const { cells, parts, width, most } = this.columns;
    for (let server = 0; server < this.run.servers; server++) {
      const lane = layout.lanes[server];
      const top = lane.boxBottom + 2;
      // Into the upper part of the lane below, if there is one.
      const below = server < this.run.servers - 1 ? (lane.boxTop - lane.top) * 0.5 : 0;
      const room = lane.bottom - top + below;
      for (let column = 0; column < width; column++) {
        const cell = (column * this.run.servers + server) * parts;
        const x = view.left + column * COLUMN_WIDTH;
        let y = top;
        for (let kind = 0; kind < KINDS.length; kind++) {
          const count = cells[cell + kind];
          if (!count) continue;
          const height = Math.max(1, count / most * room);
          context.fillStyle = palette.message(kind);
          context.globalAlpha = 0.5 * alpha;
          context.fillRect(x, y, COLUMN_WIDTH - 1, height);
          y += height;
        }
        const lost = cells[cell + KINDS.length];
        if (lost) {
          context.globalAlpha = 0.9 * alpha;
          context.fillStyle = palette.alarm;
          context.fillRect(x, y, COLUMN_WIDTH - 1, Math.max(1.5, lost / most * room));
        }
      }
    }
    context.globalAlpha = 1;
  }

  paintArrows(context, view, layout, palette, { number, spans, from, to }, alpha, isMeant) {
    const { messages } = this.run;
    const kind = number % KINDS.length;
    const reply = number >= KINDS.length;
    const lines = new Path2D(), tips = new Path2D(), crosses = new Path2D();
    for (let place = from; place < to; place++) {
      const id = spans.ids[place];
      if (!isMeant(id)) continue;
      const arrow = layout.arrow(view, id);
      addLine(lines, view, arrow);
      if (messages.fate[id] === DELIVERED) addTip(tips, kind, reply, arrow);
      else if (messages.fate[id] >= LOST) addCross(crosses, arrow.x1, arrow.y1, 3.5);
    }
    context.strokeStyle = context.fillStyle = palette.message(kind);
    strokeLike(context, kind, reply);
    context.globalAlpha = alpha * (reply ? 0.75 : 1);
    context.stroke(lines);
    context.globalAlpha = alpha;
    context.setLineDash([]);
    if (isOpen(kind, reply)) {
      context.lineWidth = 1.1;
      context.stroke(tips);
    } else {
      context.fill(tips);
    }
    // With a rim, to stand out from the wall it may lie on.
    context.strokeStyle = palette.paper;
    context.lineWidth = 4.5;
    context.stroke(crosses);
    context.strokeStyle = palette.alarm;
    context.lineWidth = 2;
    context.stroke(crosses);
    context.globalAlpha = 1;
  }

  // One message so that it stands out.
  highlight(context, view, layout, palette, id) {
    const { messages } = this.run;
    const arrow = layout.arrow(view, id);
    const kind = messages.kind[id], reply = messages.reply[id] === 1;
    const line = new Path2D(), tip = new Path2D();
    addLine(line, view, arrow);
    context.lineCap = "round";
    context.strokeStyle = palette.paper;
    context.lineWidth = 8;
    context.stroke(line);
    context.strokeStyle = context.fillStyle = palette.focus;
    context.lineWidth = 2.5;
    context.setLineDash(reply ? [6, 4] : []);
    context.stroke(line);
    context.setLineDash([]);
    context.lineCap = "butt";
    if (messages.fate[id] === DELIVERED) addTip(tip, kind, reply, arrow, 1.5);
    context.lineWidth = 2;
    if (isOpen(kind, reply)) context.stroke(tip);
    else context.fill(tip);
    context.beginPath();
    context.arc(arrow.x0, arrow.y0, 3, 0, 7);
    context.fill();
    if (messages.fate[id] >= LOST) {
      const cross = new Path2D();
      addCross(cross, arrow.x1, arrow.y1, 5);
      context.strokeStyle = palette.alarm;
      context.lineWidth = 2.5;
      context.stroke(cross);
    }
  }
}

const isOpen = (kind, reply) => reply || KINDS[kind] === "heartbeat";

function strokeLike(context, kind, reply) {
  context.lineWidth = reply ? 0.9 : { snapshot: 3, heartbeat: 1 }[KINDS[kind]] ?? 1.5;
  context.setLineDash(reply ? [4, 3] : KINDS[kind] === "other" ? [1.5, 2.5] : []);
}

// The part of a line that can be seen: far outside, a canvas loses precision and dashes take ages.
function addLine(path, view, { x0, y0, x1, y1 }) {
  const left = view.left - 40, right = view.right + 40;
  if (x1 < left || x0 > right) return;
  const slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
  const fromX = Math.max(x0, left), toX = Math.min(x1, right);
  path.moveTo(fromX, x0 < left ? y0 + (left - x0) * slope : y0);
  path.lineTo(toX, x1 > right ? y0 + (right - x0) * slope : y1);
}

function addCross(path, x, y, size) {
  path.moveTo(x - size, y - size);
  path.lineTo(x + size, y + size);
  path.moveTo(x + size, y - size);
  path.lineTo(x - size, y + size);
}

// The shape of the tip shows the kind: diamond, triangle, chevron, square, disc.
function addTip(path, kind, reply, { x0, y0, x1, y1 }, scale = 1) {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const ux = (x1 - x0) / length, uy = (y1 - y0) / length;
  const at = (back, aside) => [x1 - ux * back - uy * aside, y1 - uy * back + ux * aside];
  const size = scale * (reply ? 4.5 : 7);
  const shape = (points) => {
    points.forEach(([back, aside], place) => {
      if (place === 0) path.moveTo(...at(back * size, aside * size));
      else path.lineTo(...at(back * size, aside * size));
    });
  };
  if (isOpen(kind, reply)) {
    shape([[0.85, -0.55], [0, 0], [0.85, 0.55]]);
  } else if (KINDS[kind] === "vote") {
    shape([[0, 0], [0.65, 0.5], [1.3, 0], [0.65, -0.5], [0, 0]]);
  } else if (KINDS[kind] === "append") {
    shape([[0, 0], [1.1, 0.5], [1.1, -0.5], [0, 0]]);
  } else if (KINDS[kind] === "snapshot") {
    shape([[0, 0.55], [1.1, 0.55], [1.1, -0.55], [0, -0.55], [0, 0.55]]);
  } else {
    const [x, y] = at(0.45 * size, 0);
    path.moveTo(x + 0.45 * size, y);
    path.arc(x, y, 0.45 * size, 0, 7);
  }
}
