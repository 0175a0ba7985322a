// The strip below the role of a server: how long its log is, how far it is committed, what it applies.

// Marks that are on average nearer than this no longer say anything.
const MARK_GAP_MIN = 5;

class LogStripPainter {
  constructor(run, lettering) {
    Object.assign(this, { run, lettering });
    this.levels = run.states.map((states, server) => logLevels(states, run.applies[server]));
  }

  // The strip below the role: a gauge of how long the log is and how far it is committed, and the
  // numbers where there is room for them.
  paint(context, view, lane, palette, server) {
    const levels = this.levels[server];
    if (!levels.length) return;
    this.paintGauge(context, view, lane, palette, levels);
    this.writeLevels(context, view, lane, palette, levels);
    context.fillStyle = palette.edge;
    const known = Math.max(view.left, view.x(levels[0].at));
    const until = Math.min(view.right, view.x(this.run.endAt));
    if (until > known) context.fillRect(known, lane.boxBottom - 1, until - known, 1);
    this.paintApplies(context, view, lane, palette, server);
  }

  // The levels in sight and where they are; of those that end within one pixel only the last.
  * levelsInSight(view, levels) {
    let place = Math.max(0, firstWhere(levels.length, (id) => levels[id].at > view.start) - 1);
    while (place < levels.length && levels[place].at <= view.end) {
      const level = levels[place];
      const end = levels[place + 1]?.at ?? this.run.endAt;
      const x0 = Math.max(view.left, view.x(level.at)), x1 = Math.min(view.right, view.x(end));
      yield { level, x0, x1 };
      const next = view.time(Math.floor(x0) + 1);
      place = end > next ? place + 1
        : Math.max(place + 1, firstWhere(levels.length, (id) => levels[id].at > next) - 1);
    }
  }

  paintGauge(context, view, lane, palette, levels) {
    const opaque = context.globalAlpha;
    // Half a pixel is seen, less is not; and what looks the same is painted in one go.
    const height = (index) => Math.round(index / Math.max(1, this.run.indexMax) * 2 * (INDEX_HEIGHT - 2)) / 2;
    let stretch = null;
    const paint = (until) => {
      if (!stretch || until <= stretch.x0) return;
      const { x0, commit, last, colour } = stretch;
      context.fillStyle = colour;
      context.fillRect(x0, lane.boxBottom - commit, until - x0, commit);
      context.globalAlpha = opaque * 0.45;
      context.fillRect(x0, lane.boxBottom - last, until - x0, last - commit);
      context.globalAlpha = opaque;
    };
    let until = view.left;
    for (const { level, x0, x1 } of this.levelsInSight(view, levels)) {
      const commit = height(level.commit), last = height(Math.max(level.last, level.commit));
      const colour = palette.tint(level.term);
      until = x1;
      if (stretch?.commit === commit && stretch.last === last && stretch.colour === colour) continue;
      paint(x0);
      stretch = { x0, commit, last, colour };
    }
    paint(until);
  }

  writeLevels(context, view, lane, palette, levels) {
    this.lettering.useFont(context, "600 10.5px");
    context.textBaseline = "middle";
    const count = firstWhere(levels.length, (id) => levels[id].at > view.end)
      - firstWhere(levels.length, (id) => levels[id].at >= view.start);
    const sparse = count * 2 * MARK_GAP_MIN < view.width;
    for (const { level, x0, x1 } of this.levelsInSight(view, levels)) {
      if (x1 - x0 < 2) continue;
      if (sparse && level.changes && view.x(level.at) > view.left) {
        context.fillStyle = palette.dim;
        context.fillRect(x0, lane.indexTop + 2, 1, INDEX_HEIGHT - 4);
      }
      if (level.last === 0) continue;
      const text = level.last > level.commit ? `${level.commit}/${level.last}` : `${level.commit}`;
      if (!this.lettering.fitting(context, [text], x1 - x0 - 6)) continue;
      context.fillStyle = palette.ink;
      context.fillText(text, x0 + 4, lane.indexTop + INDEX_HEIGHT / 2 + 0.5);
    }
  }

  paintApplies(context, view, lane, palette, server) {
    const mark = (rows, colour, draw) => {
      let place = firstWhere(rows.length, (id) => rows[id].at >= view.start);
      const count = firstWhere(rows.length, (id) => rows[id].at > view.end) - place;
      if (count * MARK_GAP_MIN > view.width) return;
      context.fillStyle = colour;
      while (place < rows.length && rows[place].at <= view.end) {
        const x = Math.round(view.x(rows[place].at));
        draw(x);
        const next = view.time(x + 1);
        place = Math.max(place + 1, firstWhere(rows.length, (id) => rows[id].at >= next));
      }
    };
    mark(this.run.applies[server], palette.ink, (x) => context.fillRect(x - 1, lane.boxBottom - 5, 2, 5));
    mark(this.run.snapshots[server], palette.snapshot, (x) => context.fillRect(x - 3, lane.indexTop + 2, 6, 6));
  }
}

// What is written into the strip of a log: from when, how much is committed, where the log ends.
function logLevels(states, applies) {
  const levels = [];
  const add = (at, commit, last, term) => {
    const before = levels.at(-1);
    const changes = !before || before.commit !== commit || before.last !== last;
    if (changes || before.term !== term) levels.push({ at, commit, last, term, changes });
  };
  if (states.some((state) => state.log)) {
    for (const { at, term, log } of states) if (log) add(at, log.commit, log.lastIndex, term);
    return levels;
  }
  for (const { at, index } of applies) add(at, index, index, 0);
  return levels;
}
