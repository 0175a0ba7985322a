// What is at a point of the picture, and where an item is in it.

const REACH = 14;

class Picker {
  constructor(picture) {
    const { run, view, layout, filter } = picture;
    Object.assign(this, { picture, run, view, layout, filter });
  }

  // The item nearest to a point, or null.
  itemAt(x, y) {
    if (x < this.view.left || x > this.view.right || y > this.layout.height) return null;
    const cause = this.picture.marks.causeMarks.findLast((mark) => Math.hypot(mark.x - x, mark.y - y) <= CAUSE_RADIUS);
    if (cause) return { type: "cause", id: cause.id };
    if (y < AXIS_HEIGHT) return this.noteAt(x, y) ?? this.failureAt(x, 30);
    const server = this.layout.serverAt(y);
    if (server < 0) return this.operationAt(x, y);
    const lane = this.layout.lanes[server];
    if (y >= lane.boxTop && y < lane.boxBottom) return this.failureAt(x, 6) ?? this.inBox(server, lane, x, y);
    return this.messageAt(x, y) ?? this.failureAt(x, 4) ?? this.trafficAt(x, y) ?? this.faultAt(server, x);
  }

  inBox(server, lane, x, y) {
    const time = this.view.time(x);
    if (this.run.isDown(server, time)) return this.faultAt(server, x, "crash");
    if (y >= lane.indexTop) {
      const marked = this.nearest(this.run.snapshots[server], x, 4);
      if (marked >= 0 && y < lane.indexTop + 8) return { type: "snapshot", server, id: marked };
      const applied = this.nearest(this.run.applies[server], x, 4);
      if (applied >= 0) return { type: "apply", server, id: applied };
      const levels = this.picture.logs.levels[server];
      const level = levels[this.run.lastBefore(levels, time)];
      if (level) return { type: "level", server, at: level.at };
    }
    const band = this.run.bandAt(server, time);
    return band < 0 ? null : { type: "band", server, id: band };
  }

  // The row nearest in time, if it is within reach.
  nearest(rows, x, reach) {
    const before = this.run.lastBefore(rows, this.view.time(x));
    let best = -1, least = reach;
    for (const place of [before, before + 1]) {
      if (!rows[place]) continue;
      const distance = Math.abs(this.view.x(rows[place].at) - x);
      if (distance <= least) [best, least] = [place, distance];
    }
    return best;
  }

  messageAt(x, y) {
    const { view, layout } = this;
    const start = view.time(x - REACH), end = view.time(x + REACH);
    let best = null, least = REACH, shortest = Infinity;
    for (const { spans } of this.picture.messages.arrows) {
      const [from, to] = spans.range(start, end);
      for (let place = from; place < to; place++) {
        const id = spans.ids[place];
        if (!this.filter.shows(id)) continue;
        const arrow = layout.arrow(view, id);
        const distance = distanceTo(arrow, x, y);
        const length = Math.abs(arrow.y1 - arrow.y0);
        // Where arrows lie on top of each other, the one that goes the least far is meant: the
        // others can be had where it has ended.
        if (distance > least + 0.5 || (distance > least - 0.5 && length >= shortest)) continue;
        [best, least, shortest] = [id, Math.min(distance, least), length];
      }
    }
    return best === null ? null : { type: "message", id: best };
  }

  trafficAt(x, y) {
    const { view, picture: { messages: { columns } } } = this;
    if (!columns) return null;
    const server = this.layout.lanes.findLastIndex((lane) => lane.boxBottom <= y);
    const column = Math.floor((x - view.left) / COLUMN_WIDTH);
    if (server < 0 || column >= columns.width) return null;
    const cell = (column * this.run.servers + server) * columns.parts;
    const counts = [...columns.cells.slice(cell, cell + KINDS.length)];
    if (!counts.some((count) => count > 0)) return null;
    const from = view.time(view.left + column * COLUMN_WIDTH);
    const to = from + COLUMN_WIDTH * view.perPixel;
    return { type: "traffic", server, from, to, counts, lost: columns.cells[cell + KINDS.length] };
  }

  faultAt(server, x, looks) {
    const slack = 3 * this.view.perPixel, time = this.view.time(x);
    const id = this.run.faults.findLastIndex((fault) => (
      (looks ? fault.looks === looks && fault.servers.includes(server) : fault.lanes.includes(server))
      && fault.start - slack <= time && time <= fault.end + slack));
    return id < 0 ? null : { type: "fault", id };
  }

  noteAt(x, y) {
    const box = this.picture.axis.noteBoxes.find((one) => (
      one.left - 3 <= x && x <= one.right && one.top <= y && y <= one.bottom));
    if (box) return { type: "note", id: box.id };
    const id = this.nearest(this.run.notes, x, 5);
    return id < 0 ? null : { type: "note", id };
  }

  failureAt(x, reach) {
    const id = this.nearest(this.run.failures, x, reach);
    return id < 0 ? null : { type: "failure", id };
  }

  operationAt(x, y) {
    const time = this.view.time(x), slack = 3 * this.view.perPixel;
    const { operations, operationSpans } = this.run;
    const [from, to] = operationSpans.range(time - slack, time + slack);
    for (let id = to - 1; id >= from; id--) {
      const { top, bottom } = this.layout.operationBox(id);
      if (y >= top && y <= bottom && operations[id].end >= time - slack) return { type: "operation", id };
    }
    return null;
  }

  // A point on an item: within the picture, if any of the item is.
  position(item) {
    const { view, layout, run } = this;
    const inside = (x) => Math.min(view.right - 1, Math.max(view.left + 1, x));
    const middle = (start, end) => (inside(view.x(start)) + inside(view.x(end))) / 2;
    const lane = layout.lanes[item.server];
    switch (item.type) {
      case "message": {
        // Near the end, where an arrow is most likely alone.
        const { x0, y0, x1, y1 } = layout.arrow(view, item.id);
        return { x: x1 + (x0 - x1) * 0.15, y: y1 + (y0 - y1) * 0.15 };
      }
      case "band": {
        const { start, end } = run.bands[item.server][item.id];
        return { x: middle(start, end), y: lane.boxTop + ROLE_HEIGHT / 2 };
      }
      case "fault": {
        const { start, end, lanes } = run.faults[item.id];
        return { x: middle(start, end), y: layout.lanes[lanes[0] ?? 0].top + 6 };
      }
      case "operation": {
        const { start, end } = run.operations[item.id];
        const { top, bottom } = layout.operationBox(item.id);
        return { x: middle(start, end), y: (top + bottom) / 2 };
      }
      case "apply": return { x: inside(view.x(run.applies[item.server][item.id].at)), y: lane.boxBottom - 3 };
      case "snapshot": return { x: inside(view.x(run.snapshots[item.server][item.id].at)), y: lane.indexTop + 5 };
      case "level": return { x: inside(view.x(item.at)) + 2, y: lane.indexTop + INDEX_HEIGHT / 2 };
      case "note": return { x: inside(view.x(run.notes[item.id].at)), y: 12 };
      case "cause": {
        const { at, servers: [server] } = run.causes[item.id];
        const mark = this.picture.marks.causeMarks.find(({ id }) => id === item.id);
        return mark ?? { x: inside(view.x(at)), y: server === undefined ? AXIS_HEIGHT - 12 : layout.lanes[server].boxTop };
      }
      case "failure": return { x: inside(view.x(run.failures[item.id].at)), y: AXIS_HEIGHT - 12 };
      default: return { x: middle(item.from, item.to), y: lane.boxBottom + 4 };
    }
  }
}

function distanceTo({ x0, y0, x1, y1 }, x, y) {
  const dx = x1 - x0, dy = y1 - y0;
  const along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1);
  const part = Math.min(1, Math.max(0, along));
  return Math.hypot(x - x0 - part * dx, y - y0 - part * dy);
}
