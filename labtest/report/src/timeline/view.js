// Where things are: time from left to right, lanes from top to bottom.

const SPAN_MIN = 2_000;
// How much room there is before the run and after it, as a part of it. What led to a failure that ends the
// run stands after it, mark beside mark.
const ROOM_BEFORE = 0.02;
const ROOM_AFTER = 0.05;

// Which stretch of time is shown, and between which pixels.
class View {
  constructor(endAt) {
    this.endAt = endAt;
    this.left = 0;
    this.right = 1;
    this.start = 0;
    this.end = endAt;
  }

  get span() { return this.end - this.start; }
  get width() { return this.right - this.left; }
  get perPixel() { return this.span / this.width; }

  x(time) { return this.left + (time - this.start) / this.perPixel; }
  time(x) { return this.start + (x - this.left) * this.perPixel; }

  // Shows start..end, as near as the run and the smallest span allow.
  show(start, end) {
    const first = -this.endAt * ROOM_BEFORE, last = this.endAt * (1 + ROOM_AFTER);
    const span = Math.min(last - first, Math.max(SPAN_MIN, end - start));
    const middle = (start + end) / 2;
    this.start = Math.min(Math.max(middle - span / 2, first), last - span);
    this.end = this.start + span;
  }

  showAll() { this.show(-this.endAt * ROOM_BEFORE, this.endAt * (1 + ROOM_AFTER)); }
  moveBy(time) { this.show(this.start + time, this.end + time); }

  // Keeps the time under `x` where it is.
  zoom(factor, x = (this.left + this.right) / 2) {
    const fixed = this.time(x);
    const most = this.endAt * (1 + ROOM_BEFORE + ROOM_AFTER);
    const span = Math.min(most, Math.max(SPAN_MIN, this.span * factor));
    const start = fixed - (fixed - this.start) * (span / this.span);
    this.show(start, start + span);
  }

  // Moves no more than needed to have the time in sight, with some room around it.
  reveal(time) {
    const room = this.span * 0.1;
    if (time < this.start + room || time > this.end - room) {
      this.show(time - this.span / 2, time + this.span / 2);
    }
  }
}

const AXIS_HEIGHT = 58;
const ROLE_HEIGHT = 22;
const INDEX_HEIGHT = 15;
// Without the strip for the log.
const LANE_HEIGHT_MIN = 53;
const LANE_HEIGHT_MAX = 170;
const CLIENT_ROW_HEIGHT = 17;
// The most rows for operations of all clients; more share the last row of a client.
const CLIENT_ROWS_MOST = 9;

// Which lane is where. Lanes share the height there is; what does not fit is scrolled to.
class Layout {
  constructor(run) {
    this.run = run;
    this.indexHeight = run.indexMax > 0 ? INDEX_HEIGHT : 0;
    this.clientRows = this.stackOperations();
    this.lanes = [];
  }

  // Gives each operation a row, so that those of a client that overlap don't cover each other, as
  // long as that leaves room for the servers.
  stackOperations() {
    const clients = new Map();
    const count = new Set(this.run.operations.map((operation) => operation.client)).size;
    const most = Math.max(1, Math.floor(CLIENT_ROWS_MOST / Math.max(1, count)));
    this.rowOfOperation = [];
    this.run.operations.forEach((operation, id) => {
      if (!clients.has(operation.client)) clients.set(operation.client, []);
      const ends = clients.get(operation.client);
      let row = ends.findIndex((end) => end <= operation.start);
      if (row < 0) row = ends.length < most ? ends.push(0) - 1 : most - 1;
      ends[row] = Math.max(ends[row], operation.end);
      this.rowOfOperation[id] = row;
    });
    const rows = [];
    this.firstRowOfClient = new Map();
    for (const client of [...clients.keys()].sort((a, b) => a - b)) {
      this.firstRowOfClient.set(client, rows.length);
      clients.get(client).forEach((_, row) => rows.push({ client, first: row === 0 }));
    }
    return rows;
  }

  // Lays out for a window of this size, scrolled down by `scroll`.
  fit(width, height, scroll) {
    this.width = width;
    this.height = height;
    this.gutter = width < 560 ? 66 : 88;
    const clients = this.clientRows.length * CLIENT_ROW_HEIGHT + (this.clientRows.length ? 14 : 0);
    const laneLeast = LANE_HEIGHT_MIN + this.indexHeight, around = AXIS_HEIGHT + clients + 6;
    const laneHeight = Math.min(LANE_HEIGHT_MAX, Math.max(laneLeast, (height - around) / this.run.servers));
    this.contentHeight = around + laneHeight * this.run.servers;
    this.heightLeast = around + laneLeast * this.run.servers;
    const top = AXIS_HEIGHT - scroll;
    this.lanes = Array.from({ length: this.run.servers }, (_, server) => {
      const laneTop = top + server * laneHeight;
      // A little below the middle: the labels of faults stand above the box.
      const boxTop = laneTop + (laneHeight - ROLE_HEIGHT - this.indexHeight) / 2 + 2;
      return {
        top: laneTop,
        bottom: laneTop + laneHeight,
        boxTop,
        indexTop: boxTop + ROLE_HEIGHT,
        boxBottom: boxTop + ROLE_HEIGHT + this.indexHeight,
      };
    });
    this.lanesBottom = top + laneHeight * this.run.servers;
    this.clientsTop = this.lanesBottom + 10;
    this.bottom = this.lanesBottom + clients;
  }

  operationRow(id) {
    return this.firstRowOfClient.get(this.run.operations[id].client) + this.rowOfOperation[id];
  }

  operationBox(id) {
    const row = this.operationRow(id);
    const top = this.clientsTop + row * CLIENT_ROW_HEIGHT;
    return { top, bottom: top + CLIENT_ROW_HEIGHT - 3, row };
  }

  // How many lanes lie below what is in sight.
  get lanesBelow() {
    return this.lanes.filter((lane) => lane.boxTop + ROLE_HEIGHT / 2 > this.height).length;
  }

  // The server whose lane is at this height, or -1.
  serverAt(y) {
    return this.lanes.findIndex((lane) => lane.top <= y && y < lane.bottom);
  }

  // From where to where the arrow of a message is drawn: from box to box, or to where it was lost.
  arrow(view, id) {
    const { messages } = this.run;
    const from = messages.from[id], to = messages.to[id];
    const sent = messages.sent[id], ended = messages.ended[id];
    const down = to > from;
    const source = this.lanes[from], target = this.lanes[to];
    const ends = {
      x0: view.x(sent), y0: down ? source.boxBottom : source.boxTop,
      x1: view.x(ended), y1: down ? target.boxTop : target.boxBottom,
    };
    if (messages.fate[id] !== DELIVERED) ends.y1 = this.lossHeight(id, down, ends.y1);
    return ends;
  }

  // What was cut ends at the first wall in its way; anything else at its receiver's door.
  lossHeight(id, down, door) {
    const { messages, texts } = this.run;
    const from = messages.from[id], to = messages.to[id];
    if (messages.fate[id] >= LOST && texts[messages.fate[id] - LOST] === "cut") {
      for (let lane = from; lane !== to; lane += down ? 1 : -1) {
        const gap = down ? lane : lane - 1;
        if (this.run.wallAt(gap, messages.ended[id])) return this.lanes[gap].bottom;
      }
    }
    return down ? door - 8 : door + 8;
  }
}
