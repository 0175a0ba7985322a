// The timeline: what is in sight, what is selected, and when what is drawn.

const SECOND = 1e9;
const PRINT_WIDTH = 1040;
const PRINT_LANE_HEIGHT = 74;
const SCROLL_ROOM = 40;

class Timeline {
  constructor(run) {
    this.run = run;
    this.view = new View(run.endAt);
    this.layout = new Layout(run);
    this.filter = new Filter(run);
    this.lanes = new LanePainter(run);
    this.messages = new MessagePainter(run, this.filter);
    this.operations = new OperationPainter(run, this.lanes);
    this.picker = new Picker(run, this.view, this.layout, this.lanes, this.messages, this.filter);
    this.words = new Words(run);

    this.scroller = document.getElementById("scroller");
    this.stage = document.getElementById("stage");
    this.base = document.getElementById("base");
    this.overlay = document.getElementById("overlay");
    this.overview = new Overview(run, document.getElementById("overview"));
    this.serverButtons = [...document.querySelectorAll("#servers button")];
    this.tooltip = new Tooltip(document.getElementById("tooltip"));
    this.panel = new MomentPanel(run, this.words, (id) => this.select({ type: "message", id }));
    this.log = new LogPanel(run);
    this.story = new Story((at) => this.goTo(at));

    // What the pointer is over: { item, at, x, y }, or null.
    this.hover = null;
    // What was clicked or stepped to: { item, at }; the item may be none, then it is a moment.
    this.selection = null;
    this.failure = -1;
    this.cause = -1;
    this.causeItems = [...document.querySelectorAll(".causes li")];
    this.stale = { base: false, overlay: false };
    this.palette = new Palette(document.body);
    this.resize();
    this.showBeginning();
  }

  // Drawing: at most once a frame, and only what has changed.

  redraw() {
    this.stale.base = true;
    this.redrawOverlay();
  }

  redrawOverlay() {
    this.stale.overlay = true;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.stale.base) this.drawBase();
    if (this.stale.overlay) this.drawOverlay();
    this.stale = { base: false, overlay: false };
  }

  resize() {
    const width = this.printing ? PRINT_WIDTH : this.scroller.clientWidth;
    const height = this.printing
      ? AXIS_HEIGHT + this.run.servers * PRINT_LANE_HEIGHT + 20 + this.layout.clientRows.length * CLIENT_ROW_HEIGHT
      : this.scroller.clientHeight;
    if (width === 0 || height === 0) return;
    this.scale = this.printing ? 2.5 : window.devicePixelRatio || 1;
    for (const canvas of [this.base, this.overlay]) {
      canvas.width = Math.round(width * this.scale);
      canvas.height = Math.round(height * this.scale);
    }
    this.layout.fit(width, height, 0);
    this.scroller.style.setProperty("--height-least", `${this.layout.heightLeast}px`);
    document.getElementById("spacer").style.height = `${Math.max(0, this.layout.contentHeight - height)}px`;
    this.view.left = this.layout.gutter;
    this.view.right = width - 10;
    this.overview.prepare(width, this.layout.gutter, this.scale, this.palette);
    this.redraw();
  }

  recolour() {
    this.palette = new Palette(document.body);
    const dark = isDark();
    document.getElementById("theme").setAttribute("aria-pressed", dark);
    this.resize();
  }

  drawBase() {
    const { view, layout, palette, lanes, messages, scale } = this;
    const scroll = this.printing ? 0 : this.scroller.scrollTop;
    layout.fit(this.base.width / scale, this.base.height / scale, scroll);
    const context = this.base.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, layout.width, layout.height);
    lanes.scale = scale;
    context.save();
    context.beginPath();
    context.rect(view.left, AXIS_HEIGHT, view.width, layout.height - AXIS_HEIGHT);
    context.clip();
    lanes.paintGround(context, view, layout, palette);
    lanes.paintWalls(context, view, layout, palette);
    messages.paint(context, view, layout, palette);
    lanes.paintServers(context, view, layout, palette, this.filter.servers);
    lanes.paintFaultLabels(context, view, layout, palette);
    this.operations.paint(context, view, layout, palette);
    lanes.paintFailures(context, view, layout, palette);
    lanes.paintCauses(context, view, layout, palette);
    context.restore();
    lanes.paintGutter(context, view, layout, palette, this.printing);
    lanes.paintAxis(context, view, layout, palette);
    this.overview.paint(view, palette);
    this.placeServers();
    this.tellOmitted();
  }

  placeServers() {
    this.serverButtons.forEach((button, server) => {
      const lane = this.layout.lanes[server];
      const top = lane.boxTop + ROLE_HEIGHT / 2 - 12;
      button.style.top = `${top}px`;
      // Under the axis there is none of it to press.
      button.style.visibility = top < AXIS_HEIGHT - 12 ? "hidden" : "";
    });
  }

  tellOmitted() {
    const { inColumns } = this.messages.counts;
    const { lanesBelow } = this.layout;
    const told = [];
    if (inColumns) {
      told.push(`${plural(inColumns, "message")} too close for arrows, drawn as columns below the sender: zoom in`);
    }
    if (this.operations.inColumns) {
      told.push(`${plural(this.operations.inColumns, "operation")} of clients too close for boxes, drawn as columns: zoom in`);
    }
    if (lanesBelow) told.push(`${plural(lanesBelow, "more server")} below: drag, or ↓`);
    document.getElementById("omitted").textContent = told.join(" · ");
  }

  drawOverlay() {
    const { view, layout, palette, scale, selection, hover } = this;
    const context = this.overlay.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, layout.width, layout.height);
    context.save();
    context.beginPath();
    context.rect(view.left, 0, view.width, layout.height);
    context.clip();
    if (selection) this.drawCursor(context, selection.at, palette.focus, []);
    if (hover) this.drawCursor(context, hover.at, palette.dim, [2, 3]);
    if (selection?.item) this.drawHighlight(context, selection.item);
    if (hover?.item) this.drawHighlight(context, hover.item);
    context.restore();
    if (hover?.item) this.tooltip.show(this.words.describe(hover.item), hover.x, hover.y, layout.width, layout.height);
    else this.tooltip.hide();
    const shown = selection ?? hover ?? { at: this.restingTime(), item: null };
    this.panel.show(shown.at, shown.item);
    const log = selection?.log ?? { server: this.serversOf({ type: "failure", id: 0 })[0], at: shown.at };
    this.log.show(log.server, log.at);
    this.causeItems.forEach((item, id) => {
      const { item: at } = shown;
      item.classList.toggle("now", at?.type === "cause" && at.id === id);
    });
    // What the pointer passes must not make the list jump.
    this.story.mark(shown.at, shown !== hover);
  }

  // The time of which the panel tells when nothing is pointed at.
  restingTime() {
    return this.run.failures[0]?.at ?? this.run.endAt;
  }

  drawCursor(context, at, colour, dashes) {
    const { view, layout, palette } = this;
    const x = Math.round(view.x(at)) + 0.5;
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.setLineDash(dashes);
    context.beginPath();
    context.moveTo(x, AXIS_HEIGHT - 4);
    context.lineTo(x, layout.bottom);
    context.stroke();
    context.setLineDash([]);
    context.font = `600 11px ${FONT}`;
    context.textBaseline = "middle";
    const text = exactTime(at);
    const width = context.measureText(text).width + 10;
    const left = Math.min(view.right - width, Math.max(view.left, x - width / 2));
    context.fillStyle = colour;
    context.fillRect(left, AXIS_HEIGHT - 21, width, 17);
    context.fillStyle = palette.paper;
    context.fillText(text, left + 5, AXIS_HEIGHT - 12);
  }

  drawHighlight(context, item) {
    const { view, layout, palette, run } = this;
    if (item.type === "message") {
      this.messages.highlight(context, view, layout, palette, item.id);
      return;
    }
    if (item.type === "operation") this.operations.highlight(context, view, layout, palette, item.id);
    const lane = layout.lanes[item.server];
    context.strokeStyle = palette.focus;
    context.lineWidth = 2;
    const frame = (start, end, top, bottom) => {
      const x0 = Math.max(view.left - 4, view.x(start)), x1 = Math.min(view.right + 4, view.x(end));
      if (x1 < view.left || x0 > view.right) return;
      context.strokeRect(x0, top, Math.max(2, x1 - x0), bottom - top);
    };
    if (item.type === "band") {
      const { start, end } = run.bands[item.server][item.id];
      frame(start, end, lane.boxTop, lane.boxBottom);
    } else if (item.type === "traffic") {
      frame(item.from, item.to, lane.boxBottom + 1, lane.bottom);
    } else if (item.type === "operation") {
      const { start, end } = run.operations[item.id];
      const { top, bottom } = layout.operationBox(item.id);
      frame(start, end, top, bottom);
    } else if (item.type === "fault") {
      const fault = run.faults[item.id];
      for (const server of fault.lanes) {
        frame(fault.start, fault.end, layout.lanes[server].top + 1, layout.lanes[server].bottom - 1);
      }
    } else if (item.type === "apply" || item.type === "snapshot" || item.type === "cause") {
      const { x, y } = this.picker.position(item);
      context.beginPath();
      context.arc(x, y, item.type === "cause" ? CAUSE_RADIUS + 2 : 6, 0, 7);
      context.stroke();
    }
  }

  // Where to look.

  show(start, end) {
    this.view.show(start, end);
    this.hover = null;
    this.redraw();
  }

  // On opening: the second before the failure, and from its cause on where that lies further back; or the
  // whole run if there is no failure.
  showBeginning() {
    const { failures, causes, cause } = this.run;
    if (!failures.length) {
      this.fitAll();
      return;
    }
    const { at } = failures[0];
    this.showBefore(at);
    const from = causes[cause]?.at ?? at;
    if (from < this.view.start + this.view.span * 0.04) {
      const span = at - from;
      this.show(from - span * 0.08, at + span * 0.12);
    }
  }

  // The second before a time, and a little more if the step that led to it is not far.
  showBefore(at) {
    let start = at - SECOND;
    const causes = [...this.run.notes.map((note) => note.at), ...this.run.faults.map((fault) => fault.start)];
    const cause = Math.min(...causes.filter((time) => time < start && time > at - 1.5 * SECOND));
    if (cause < Infinity) start = cause - 0.04 * SECOND;
    start = Math.max(-0.02 * (at - start), start);
    this.show(start, at + (at - start) * 0.12);
  }

  fitAll() {
    this.view.showAll();
    this.hover = null;
    this.redraw();
  }

  zoom(factor, x) {
    this.view.zoom(factor, x);
    this.hover = null;
    this.redraw();
  }

  pan(part) { this.show(this.view.start + this.view.span * part, this.view.end + this.view.span * part); }

  // What is selected.

  // Selects an item, or with none a moment; shows it, and says it. What is told of a log is of the server and
  // the time of the item, unless the lane and the time of a click are given.
  select(item, at, click) {
    const words = item && this.words.describe(item);
    const time = at ?? words.at;
    const server = item ? this.serversOf(item)[0] : undefined;
    this.selection = { item, at: time, log: click ?? (server === undefined ? undefined : { server, at: time }) };
    this.view.reveal(time);
    if (item) this.scrollTo(item);
    this.hover = null;
    this.redraw();
    this.say(item ? `${exactTime(time)}: ${words.title}. ${words.lines.map((entry) => entry.text ?? entry).join(". ")}`
      : `At ${exactTime(time)}`);
  }

  // The servers that an item is about.
  serversOf({ type, id, server }) {
    if (server !== undefined) return [server];
    switch (type) {
      case "fault": return this.run.faults[id].servers;
      case "failure": return this.run.failures[id]?.servers ?? [];
      case "cause": return this.run.causes[id].servers;
      case "operation": return [this.run.operations[id].server ?? undefined];
      case "message": return [this.run.messages.from[id]];
      default: return [];
    }
  }

  // Scrolls the lanes no more than needed to have the item in sight.
  scrollTo(item) {
    // What stands in the axis always is.
    if (item.type === "note" || item.type === "failure") return;
    const { y } = this.picker.position(item);
    const over = y - (this.layout.height - SCROLL_ROOM), under = AXIS_HEIGHT + SCROLL_ROOM - y;
    if (over > 0) this.scroller.scrollTop += over;
    else if (under > 0) this.scroller.scrollTop -= under;
  }

  release() {
    this.selection = null;
    this.failure = this.cause = -1;
    this.setFilter({ servers: [] });
    this.say("");
  }

  say(text) { document.getElementById("status").textContent = text; }

  // Looks at a time closely enough to see its messages.
  lookAt(time, spanMost) {
    const span = Math.min(this.view.span, spanMost);
    this.view.show(time - span / 2, time + span / 2);
  }

  goTo(at) {
    this.lookAt(at, SECOND);
    this.select(null, at);
  }

  // The first failure, and from there the next one each time.
  jumpToFailure() {
    const { failures } = this.run;
    if (!failures.length) {
      this.say("There is no failure in this run.");
      return;
    }
    this.failure = (this.failure + 1) % failures.length;
    this.showBefore(failures[this.failure].at);
    this.select({ type: "failure", id: this.failure });
  }

  // The cause first, and from there to the next, or the one before, of what led to the failure.
  jumpToCause(direction) {
    const { causes, cause } = this.run;
    if (!causes.length) {
      this.say("Nothing is known of what led to a failure.");
      return;
    }
    const next = this.cause + direction + causes.length;
    this.showCause(this.cause < 0 ? Math.max(0, cause) : next % causes.length);
  }

  showCause(id) {
    this.cause = id;
    this.lookAt(this.run.causes[id].at, 0.4 * SECOND);
    this.select({ type: "cause", id });
  }

  jumpToElection(direction) {
    const { elections } = this.run;
    const from = this.selection?.at ?? (direction > 0 ? this.view.start : this.view.end);
    const after = firstWhere(elections.length, (id) => elections[id].at > from);
    const before = firstWhere(elections.length, (id) => elections[id].at >= from) - 1;
    const election = elections[direction > 0 ? after : before];
    if (!election) {
      this.say(direction > 0 ? "No later election." : "No earlier election.");
      return;
    }
    this.lookAt(election.at, 0.4 * SECOND);
    this.select({ type: "band", server: election.server, id: election.id });
  }

  // To the next or previous event of those shown.
  step(direction) {
    this.moments ??= allMoments(this.run, this.lanes);
    const { moments } = this;
    const from = this.selection?.at ?? (direction > 0 ? this.view.start : this.view.end);
    // Several events may have one time: the place of the selected one tells them apart.
    let place = this.selection?.place;
    place = place !== undefined ? place + direction
      : direction > 0 ? firstWhere(moments.length, (id) => moments[id].at > from)
        : firstWhere(moments.length, (id) => moments[id].at >= from) - 1;
    while (moments[place] && !this.isShown(moments[place].item)) place += direction;
    if (!moments[place]) {
      this.say(direction > 0 ? "No later event." : "No earlier event.");
      return;
    }
    this.select(moments[place].item, moments[place].at);
    this.selection.place = place;
  }

  isShown(item) {
    if (item.type === "message") {
      return this.filter.showsClass(this.run.messages.classOf(item.id)) && this.filter.shows(item.id);
    }
    return item.server === undefined || this.filter.servers.size === 0 || this.filter.servers.has(item.server);
  }

  setFilter({ kinds, replies, lost, servers }) {
    if (kinds) this.filter.kinds = new Set(kinds);
    if (replies !== undefined) this.filter.replies = replies;
    if (lost !== undefined) this.filter.lost = lost;
    if (servers) this.filter.servers = new Set(servers);
    for (const button of document.querySelectorAll(".kinds button")) {
      const { kind } = button.dataset;
      button.setAttribute("aria-pressed", this.filter[kind] ?? this.filter.kinds.has(kind));
    }
    this.serverButtons.forEach((button, server) => {
      button.setAttribute("aria-pressed", this.filter.servers.has(server));
    });
    this.redraw();
  }

  toggleKind(kind) {
    if (kind === "replies" || kind === "lost") {
      this.setFilter({ [kind]: !this.filter[kind] });
      return;
    }
    const kinds = new Set(this.filter.kinds);
    if (!kinds.delete(kind)) kinds.add(kind);
    this.setFilter({ kinds });
  }

  toggleServer(server) {
    const servers = new Set(this.filter.servers);
    if (!servers.delete(server)) servers.add(server);
    this.setFilter({ servers });
  }

  // On paper.

  beforePrint() {
    this.printing = true;
    this.themeBefore = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    this.recolour();
    this.hover = null;
    this.draw();
    this.stage.style.aspectRatio = `${this.layout.width} / ${this.layout.height}`;
    this.overview.canvas.style.height = "";
  }

  afterPrint() {
    this.printing = false;
    this.stage.style.aspectRatio = "";
    if (this.themeBefore) document.documentElement.dataset.theme = this.themeBefore;
    else delete document.documentElement.dataset.theme;
    this.recolour();
    this.draw();
  }
}
