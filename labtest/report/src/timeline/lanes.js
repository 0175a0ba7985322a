// Everything of the picture but the messages: axis, bands, logs, faults, clients, the failure.

const TICK_GAP_MIN = 96;
const NOTE_ROWS = 2;
const NOTE_LETTERS_MIN = 8;
// Marks that are on average nearer than this no longer say anything.
const MARK_GAP_MIN = 5;
// No letter is narrower than this on the average, so what is longer need not be measured.
const LETTER_WIDTH_MIN = 3;
const CAUSE_RADIUS = 8.5;

class LanePainter {
  constructor(run) {
    this.run = run;
    this.levels = run.states.map((states, server) => logLevels(states, run.applies[server]));
    this.widthsByFont = new Map();
    // Where the notes were last written, to find them again: [id, left, right, top].
    this.noteBoxes = [];
    // Where the marks of causes were last drawn: id, x, y.
    this.causeMarks = [];
  }

  useFont(context, font) {
    context.font = `${font} ${FONT}`;
    if (!this.widthsByFont.has(font)) this.widthsByFont.set(font, new Map());
    this.textWidths = this.widthsByFont.get(font);
  }

  // Measuring is slow, and most texts are written again in the next frame.
  textWidth(context, text) {
    let width = this.textWidths.get(text);
    if (width === undefined) {
      // Bounded: commands may all differ.
      if (this.textWidths.size > 5_000) this.textWidths.clear();
      width = context.measureText(text).width;
      this.textWidths.set(text, width);
    }
    return width;
  }

  // The longest of the texts that fits, or none.
  fitting(context, texts, room) {
    return room < LETTER_WIDTH_MIN ? undefined
      : texts.find((text) => text.length * LETTER_WIDTH_MIN <= room && this.textWidth(context, text) <= room);
  }

  // Under the messages.

  paintGround(context, view, layout, palette) {
    context.fillStyle = palette.desk;
    const begin = view.x(0), end = view.x(this.run.endAt);
    const height = layout.bottom - AXIS_HEIGHT;
    if (begin > view.left) context.fillRect(view.left, AXIS_HEIGHT, begin - view.left, height);
    if (end < view.right) context.fillRect(end, AXIS_HEIGHT, view.right - end, height);
    this.paintFaultGrounds(context, view, layout, palette);
    context.fillStyle = palette.rule;
    for (const lane of layout.lanes) context.fillRect(view.left, Math.round(lane.bottom) - 0.5, view.width, 1);
    for (const { x } of ticks(view)) context.fillRect(Math.round(x), AXIS_HEIGHT, 1, layout.bottom - AXIS_HEIGHT);
    const notes = this.visibleNotes(view);
    if (notes.length * 4 * MARK_GAP_MIN > view.width) return;
    context.strokeStyle = palette.dim;
    context.lineWidth = 1;
    context.setLineDash([2, 3]);
    context.beginPath();
    for (const note of notes) {
      const x = Math.round(view.x(note.at)) + 0.5;
      context.moveTo(x, AXIS_HEIGHT);
      context.lineTo(x, layout.bottom);
    }
    context.stroke();
    context.setLineDash([]);
  }

  visibleNotes(view) {
    return this.run.notes.filter(({ at }) => at >= view.start && at <= view.end);
  }

  visibleFaults(view) {
    const { ids } = this.run.faultSpans;
    const [from, to] = this.run.faultSpans.range(view.start, view.end);
    return ids.slice(from, to).map((id) => this.run.faults[id]).filter((fault) => fault.end >= view.start);
  }

  paintFaultGrounds(context, view, layout, palette) {
    for (const fault of this.visibleFaults(view)) {
      if (fault.looks === "crash") continue;
      context.fillStyle = palette.pattern(context, FAULT_PATTERNS[fault.looks], palette.hatch, this.scale);
      const [x0, x1] = faultEdges(view, fault);
      for (const server of fault.lanes) {
        const lane = layout.lanes[server];
        context.fillRect(x0, lane.top, x1 - x0, lane.bottom - lane.top);
      }
    }
  }

  paintWalls(context, view, layout, palette) {
    context.fillStyle = context.strokeStyle = palette.wall;
    context.lineWidth = 2;
    for (const fault of this.visibleFaults(view)) {
      const [x0, x1] = faultEdges(view, fault);
      const height = (gap) => Math.round(layout.lanes[gap].bottom);
      for (const gap of fault.walls) context.fillRect(x0, height(gap) - 1.5, x1 - x0, 3);
      context.setLineDash([6, 4]);
      context.beginPath();
      for (const gap of fault.fences) {
        context.moveTo(x0, height(gap));
        context.lineTo(x1, height(gap));
      }
      context.stroke();
      context.setLineDash([]);
    }
  }

  // Over the messages.

  paintServers(context, view, layout, palette, focus) {
    this.run.bands.forEach((_, server) => {
      const lane = layout.lanes[server];
      if (lane.bottom < AXIS_HEIGHT || lane.top > layout.height) return;
      context.globalAlpha = focus.size === 0 || focus.has(server) ? 1 : 0.35;
      this.paintUnknowns(context, view, lane, palette, server);
      this.paintBands(context, view, lane, palette, server);
      if (layout.indexHeight) this.paintLog(context, view, lane, palette, server);
      this.paintCrashes(context, view, lane, palette, server);
    });
    context.globalAlpha = 1;
  }

  paintUnknowns(context, view, lane, palette, server) {
    this.useFont(context, "12px");
    context.textBaseline = "middle";
    context.strokeStyle = palette.edge;
    context.lineWidth = 1;
    context.setLineDash([4, 4]);
    for (const { start, end } of this.run.unknowns[server]) {
      const x0 = Math.max(view.left, view.x(start)), x1 = Math.min(view.right, view.x(end));
      if (x1 - x0 < 3) continue;
      context.fillStyle = palette.paper;
      context.fillRect(x0, lane.boxTop, x1 - x0, ROLE_HEIGHT);
      context.strokeRect(x0 + 0.5, lane.boxTop + 0.5, x1 - x0 - 1, ROLE_HEIGHT - 1);
      const text = this.fitting(context, ["role not known", "not known", "?"], x1 - x0 - 12);
      if (!text) continue;
      context.fillStyle = palette.dim;
      context.fillText(text, x0 + 7, lane.boxTop + ROLE_HEIGHT / 2 + 0.5);
    }
    context.setLineDash([]);
  }

  paintBands(context, view, lane, palette, server) {
    const bands = this.run.bands[server];
    const opaque = context.globalAlpha;
    let place = firstWhere(bands.length, (id) => bands[id].end > view.start);
    let lastPixel = -1;
    this.useFont(context, "600 12px");
    context.textBaseline = "middle";
    for (; place < bands.length && bands[place].start <= view.end; place++) {
      const band = bands[place];
      const x0 = Math.max(view.left, view.x(band.start)), x1 = Math.min(view.right, view.x(band.end));
      // Of the roles within one pixel only those are seen that stand out.
      if (x1 - x0 < 1 && Math.floor(x0) === lastPixel && band.role !== LEADER) continue;
      lastPixel = Math.floor(x1);
      const width = Math.max(1, x1 - x0);
      // Messages pass under a band, also where it is dimmed.
      context.globalAlpha = 1;
      context.fillStyle = palette.paper;
      context.fillRect(x0, lane.boxTop, width, lane.boxBottom - lane.boxTop);
      context.globalAlpha = opaque;
      context.fillStyle = band.role === LEADER ? palette.solid(band.term) : palette.tint(band.term);
      context.fillRect(x0, lane.boxTop, width, ROLE_HEIGHT);
      if (band.role === CANDIDATE || band.role === PRE_CANDIDATE) {
        const shape = band.role === CANDIDATE ? "stripes" : "dots";
        context.fillStyle = palette.pattern(context, shape, palette.solid(band.term), this.scale);
        context.fillRect(x0, lane.boxTop, width, ROLE_HEIGHT);
      }
      if (view.x(band.start) >= view.left && width > 3) {
        context.fillStyle = palette.paper;
        context.fillRect(x0, lane.boxTop, 1, lane.boxBottom - lane.boxTop);
      }
      this.writeRole(context, band, x0, x1, lane.boxTop + ROLE_HEIGHT / 2 + 0.5, palette);
    }
  }

  writeRole(context, band, x0, x1, y, palette) {
    const role = ROLE_NAMES[band.role];
    const texts = band.role === NOT_LEADER
      ? [`term ${band.term}`, `${band.term}`]
      : [`${role} · term ${band.term}`, `${role} ${band.term}`, `term ${band.term}`, `${band.term}`];
    const text = this.fitting(context, texts, x1 - x0 - 12);
    if (!text) return;
    if (band.role === CANDIDATE || band.role === PRE_CANDIDATE) {
      context.fillStyle = palette.tint(band.term);
      context.fillRect(x0 + 3, y - 8.5, this.textWidth(context, text) + 7, 16);
    }
    context.fillStyle = band.role === LEADER ? palette.onSolid : palette.ink;
    context.fillText(text, x0 + 7, y);
  }

  // The strip below the role: a gauge of how long the log is and how far it is committed, and the
  // numbers where there is room for them.
  paintLog(context, view, lane, palette, server) {
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
    this.useFont(context, "600 10.5px");
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
      if (!this.fitting(context, [text], x1 - x0 - 6)) continue;
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

  paintCrashes(context, view, lane, palette, server) {
    this.useFont(context, "600 12px");
    for (const crash of this.run.crashes[server]) {
      if (crash.end < view.start || crash.start > view.end) continue;
      const [x0, x1] = faultEdges(view, crash);
      context.fillStyle = palette.down;
      context.fillRect(x0, lane.boxTop, x1 - x0, lane.boxBottom - lane.boxTop);
      context.strokeStyle = palette.dim;
      context.lineWidth = 1;
      context.strokeRect(x0 + 0.5, lane.boxTop + 0.5, Math.max(2, x1 - x0 - 1), lane.boxBottom - lane.boxTop - 1);
      const text = this.fitting(context, ["crashed", "down"], x1 - x0 - 12);
      if (!text) continue;
      context.fillStyle = palette.downInk;
      context.fillText(text, x0 + 7, (lane.boxTop + lane.boxBottom) / 2 + 0.5);
    }
  }

  paintFaultLabels(context, view, layout, palette) {
    this.useFont(context, "600 10.5px");
    context.textBaseline = "middle";
    const taken = layout.lanes.map(() => view.left);
    for (const fault of this.visibleFaults(view)) {
      if (fault.looks === "crash") continue;
      const [x0, x1] = faultEdges(view, fault);
      const width = this.textWidth(context, fault.label) + 8;
      for (const server of fault.lanes) {
        // Neighbours with the same fault are labelled only once.
        if (fault.lanes.includes(server - 1)) continue;
        const x = Math.max(x0, taken[server]);
        if (x + width > x1 + 30) continue;
        const y = layout.lanes[server].top + 4;
        context.fillStyle = palette.wall;
        context.fillRect(x, y, width, 15);
        context.fillStyle = palette.paper;
        context.fillText(fault.label, x + 4, y + 8);
        taken[server] = x + width + 3;
      }
    }
  }

  // The numbered marks of what led to the failure, each in the lane of the server that did it. Those that
  // would lie on each other stand side by side.
  paintCauses(context, view, layout, palette) {
    this.causeMarks = [];
    this.useFont(context, "650 10.5px");
    context.textBaseline = "middle";
    context.textAlign = "center";
    this.run.causes.forEach(({ at, wrong, servers: [server] }, id) => {
      if (at < view.start || at > view.end || server === undefined) return;
      const y = layout.lanes[server].boxTop - 2;
      let x = view.x(at);
      for (const mark of this.causeMarks) {
        if (mark.y === y && Math.abs(mark.x - x) < 2 * CAUSE_RADIUS) x = mark.x + 2 * CAUSE_RADIUS;
      }
      this.causeMarks.push({ id, x, y });
      context.beginPath();
      context.arc(x, y, CAUSE_RADIUS - 0.75, 0, 7);
      context.fillStyle = wrong ? palette.alarm : palette.paper;
      context.fill();
      context.strokeStyle = wrong ? palette.paper : palette.ink;
      context.lineWidth = 1.5;
      context.stroke();
      context.fillStyle = wrong ? palette.paper : palette.ink;
      context.fillText(id + 1, x, y + 0.5);
    });
    context.textAlign = "left";
  }

  paintFailures(context, view, layout, palette) {
    for (const failure of this.run.failures) {
      if (failure.at < view.start || failure.at > view.end) continue;
      const x = view.x(failure.at);
      context.fillStyle = palette.alarm;
      context.fillRect(x - 1, AXIS_HEIGHT - 4, 2, layout.bottom - AXIS_HEIGHT + 4);
      for (const server of failure.servers) {
        const lane = layout.lanes[server];
        const y = (lane.boxTop + lane.boxBottom) / 2;
        context.fillStyle = context.strokeStyle = palette.alarm;
        context.beginPath();
        context.arc(x, y, 9, 0, 7);
        context.fill();
        context.strokeStyle = palette.paper;
        context.lineWidth = 2;
        const cross = new Path2D();
        addCross(cross, x, y, 3.5);
        context.stroke(cross);
      }
    }
  }

  // The axis and the gutter stay where they are while the lanes are scrolled.

  paintAxis(context, view, layout, palette) {
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, layout.width, AXIS_HEIGHT);
    this.useFont(context, "11px");
    context.textBaseline = "middle";
    context.fillStyle = palette.edge;
    context.fillRect(view.left, AXIS_HEIGHT - 1, view.width, 1);
    this.writeNotes(context, view, palette);
    this.useFont(context, "11px");
    context.textAlign = "center";
    const failures = this.run.failures.map((failure) => view.x(failure.at));
    for (const { x, text } of ticks(view)) {
      context.fillStyle = palette.edge;
      context.fillRect(Math.round(x), AXIS_HEIGHT - 5, 1, 5);
      if (x < view.left + 4 || failures.some((failure) => Math.abs(failure - x) < 55)) continue;
      const width = this.textWidth(context, text) + 6;
      const middle = Math.min(x, view.right - width / 2);
      // The line of a note may pass here.
      context.fillStyle = palette.paper;
      context.fillRect(middle - width / 2, AXIS_HEIGHT - 20, width, 14);
      context.fillStyle = palette.dim;
      context.fillText(text, middle, AXIS_HEIGHT - 13);
    }
    context.textAlign = "left";
    this.writeFailures(context, view, palette);
  }

  writeNotes(context, view, palette) {
    this.useFont(context, "600 11.5px");
    this.noteBoxes = [];
    const { notes } = this.run;
    const first = firstWhere(notes.length, (id) => notes[id].at >= view.start);
    const taken = Array(NOTE_ROWS).fill(-Infinity);
    for (let id = first; id < notes.length && notes[id].at <= view.end; id++) {
      const x = view.x(notes[id].at);
      const row = taken.findIndex((end) => end <= x);
      // As much of it as fits before the next note of this row, or the edge.
      const beyond = notes[id + NOTE_ROWS];
      const end = Math.min(view.right, beyond ? view.x(beyond.at) - 8 : Infinity);
      const text = row < 0 ? "" : this.shortened(context, notes[id].text, end - x - 6);
      const top = text ? 4 + 16 * row : AXIS_HEIGHT - 6;
      context.fillStyle = palette.dim;
      context.fillRect(Math.round(x), top, 1, AXIS_HEIGHT - top);
      if (!text) continue;
      const width = this.textWidth(context, text);
      context.fillStyle = palette.paper;
      context.fillRect(x + 2, 4 + 16 * row, width + 4, 15);
      context.fillStyle = palette.ink;
      context.fillText(text, x + 5, 12 + 16 * row);
      this.noteBoxes.push({ id, left: x, right: x + width + 8, top: 4 + 16 * row, bottom: 20 + 16 * row });
      taken[row] = x + width + 14;
    }
  }

  shortened(context, text, room) {
    if (this.textWidth(context, text) <= room) return text;
    const characters = [...text];
    const kept = firstWhere(characters.length, (count) => (
      this.textWidth(context, `${characters.slice(0, count + 1).join("")}…`) > room));
    return kept >= NOTE_LETTERS_MIN ? `${characters.slice(0, kept).join("").trimEnd()}…` : "";
  }

  writeFailures(context, view, palette) {
    this.useFont(context, "650 11.5px");
    let taken = -Infinity;
    for (const failure of this.run.failures) {
      if (failure.at < view.start || failure.at > view.end) continue;
      const width = this.textWidth(context, "failure") + 12;
      const x = Math.min(view.right - width, Math.max(view.left, view.x(failure.at) - width / 2));
      if (x < taken) continue;
      context.fillStyle = palette.alarm;
      context.fillRect(x, AXIS_HEIGHT - 21, width, 17);
      context.fillStyle = palette.paper;
      context.fillText("failure", x + 6, AXIS_HEIGHT - 12);
      taken = x + width + 4;
    }
  }

  // The names of the servers are buttons; on paper, where there are none, they are drawn.
  paintGutter(context, view, layout, palette, withNames) {
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, view.left, layout.height);
    context.fillStyle = palette.rule;
    for (const lane of layout.lanes) context.fillRect(0, Math.round(lane.bottom) - 0.5, view.left, 1);
    context.fillStyle = palette.dim;
    context.textBaseline = "middle";
    context.textAlign = "right";
    this.useFont(context, "10.5px");
    for (const lane of layout.lanes) {
      if (!layout.indexHeight) break;
      const caption = this.run.showsLogs ? "log" : "applied";
      context.fillText(caption, view.left - 8, lane.indexTop + INDEX_HEIGHT / 2 + 0.5);
    }
    if (withNames) this.writeNames(context, view, layout, palette);
    layout.clientRows.forEach(({ client, first }, row) => {
      if (!first) return;
      const y = layout.clientsTop + row * CLIENT_ROW_HEIGHT + (CLIENT_ROW_HEIGHT - 3) / 2;
      context.fillText(`client ${client}`, view.left - 8, y + 0.5);
    });
    context.textAlign = "left";
    // The lanes scroll below the axis, and so do their names.
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, view.left, AXIS_HEIGHT);
  }

  writeNames(context, view, layout, palette) {
    context.save();
    context.fillStyle = palette.ink;
    this.useFont(context, "600 13px");
    layout.lanes.forEach((lane, server) => {
      context.fillText(`server ${server}`, view.left - 8, lane.boxTop + ROLE_HEIGHT / 2 + 0.5);
    });
    context.restore();
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

// Where a fault begins and ends on the screen; one that lasts no time is still seen.
function faultEdges(view, fault) {
  const x0 = Math.max(view.left - 5, view.x(fault.start));
  return [x0, Math.min(view.right + 5, Math.max(view.x(fault.end), view.x(fault.start) + 3))];
}

// The round times in sight, as far apart as their texts need.
function ticks(view) {
  const least = view.perPixel * TICK_GAP_MIN;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, [1, 2, 5, 10].find((factor) => factor * power >= least) * power);
  const found = [];
  for (let count = Math.ceil(Math.max(0, view.start) / step); count * step <= Math.min(view.end, view.endAt); count++) {
    found.push({ x: view.x(count * step), text: tickText(count * step, step) });
  }
  return found;
}

function tickText(time, step) {
  const decimals = Math.max(0, Math.ceil(9 - Math.log10(step) - 1e-9));
  return `${grouped((time / 1e9).toFixed(Math.min(9, decimals)))} s`;
}
