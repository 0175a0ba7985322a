// The timeline: what is in sight, what is selected, and when what is drawn.

const SECOND = 1e9;
const SCROLL_ROOM = 40;
// As layout.css has it.
const isNarrow = matchMedia("(max-width: 900px)");
// How far to the right the cursor of a run that plays may get.
const PLAY_AT_MOST = 0.7;

class Timeline {
  constructor(run) {
    this.run = run;
    this.view = new View(run.endAt);
    this.layout = new Layout(run);
    this.filter = new Filter(run);
    this.picture = new Picture(run, this.view, this.layout, this.filter);
    this.picker = new Picker(this.picture);
    this.words = new Words(run);
    this.past = new Past(run);
    this.showsPast = false;

    this.scroller = document.getElementById("scroller");
    this.stage = document.getElementById("stage");
    this.base = document.getElementById("base");
    this.overlay = document.getElementById("overlay");
    this.overlayPainter = new OverlayPainter(this);
    this.overview = new Overview(run, document.getElementById("overview"));
    this.serverButtons = [...document.querySelectorAll("#servers button")];
    this.tooltip = new Tooltip(document.getElementById("tooltip"));
    this.panel = new MomentPanel(run, this.words, (item) => this.select(item), (index) => {
      this.openHistory(index);
      // The button that was pressed is gone.
      this.history.list.querySelector("button")?.focus();
    });
    this.boxes = new BoxesPanel(run, (index) => this.openHistory(index));
    this.history = new HistoryPanel(run, (event) => this.goToEvent(event),
      (index) => this.openHistory(index), () => this.closeHistory());
    this.log = new LogPanel(run);
    this.story = new Story((at) => this.jumps.toMoment(at));
    this.jumps = new Jumps(this);
    this.search = new Search(this);
    this.player = new Player(this);

    // What the pointer is over: { item, at, x, y }, or null.
    this.hover = null;
    // What was clicked or stepped to: { item, at }; the item may be none, then it is a moment.
    this.selection = null;
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
    const { view, layout, palette, scale } = this;
    const scroll = this.printing ? 0 : this.scroller.scrollTop;
    layout.fit(this.base.width / scale, this.base.height / scale, scroll);
    const context = this.base.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    palette.scale = scale;
    this.past.follow(this.showsPast ? this.selection : null, (item) => this.serversOf(item));
    this.picture.paint(context, palette, this.past, this.printing);
    this.search.paint(context, view, palette);
    this.overview.paint(view, palette);
    this.placeServers();
    document.getElementById("omitted").textContent = this.picture.omitted;
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

  drawOverlay() {
    const { layout, selection, hover } = this;
    this.overlayPainter.paint(selection, hover);
    const pointed = hover?.item ? hover : this.selectedBeside();
    if (pointed) this.tooltip.show(this.words.describe(pointed.item), pointed.x, pointed.y, layout.width, layout.height);
    else this.tooltip.hide();
    const shown = selection ?? hover ?? { at: this.restingTime(), item: null };
    this.panel.show(shown.at, shown.item, this.history.index);
    const log = selection?.log ?? { server: this.serversOf({ type: "failure", id: 0 })[0], at: shown.at };
    this.log.show(log.server, log.at);
    this.causeItems.forEach((item, id) => {
      const { item: at } = shown;
      item.classList.toggle("now", at?.type === "cause" && at.id === id);
    });
    this.showLogs(shown.at);
    // What the pointer passes must not make the list jump.
    this.story.mark(shown.at, shown !== hover);
  }

  // What is selected, where its details are below the picture and not beside it.
  selectedBeside() {
    const item = this.selection?.item;
    return item && isNarrow.matches && !this.printing ? { item, ...this.picker.position(item) } : null;
  }

  // Logs are put together from all of the run: not before there is a first picture.
  showLogs(at) {
    if (!this.isOpened) return;
    this.boxes.show(at, this.history.index ?? this.run.failures[0]?.index);
    this.history.mark(at);
  }

  // The first picture is there.
  opened() {
    this.isOpened = true;
    this.redrawOverlay();
  }

  togglePast() {
    this.showsPast = !this.showsPast;
    document.getElementById("past").setAttribute("aria-pressed", this.showsPast);
    if (this.showsPast && !this.selection?.item) this.jumps.toFailure();
    this.redraw();
  }

  // The time that the panel shows when nothing is pointed at.
  restingTime() {
    return this.run.failures[0]?.at ?? this.run.endAt;
  }

  // Where to look.

  show(start, end) {
    this.view.show(start, end);
    this.hover = null;
    this.redraw();
  }

  // On opening: the second before the failure, or from its cause on, if that is further back; or the whole run
  // if there is no failure.
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

  // About a point; without one, about what is selected, or the failure, where that is in sight.
  zoom(factor, x) {
    const isInSight = (time) => time >= this.view.start && time <= this.view.end;
    const kept = [this.selection?.at, ...this.run.failures.map(({ at }) => at)].find(isInSight);
    this.view.zoom(factor, x ?? (kept === undefined ? undefined : this.view.x(kept)));
    this.hover = null;
    this.redraw();
  }

  pan(part) { this.show(this.view.start + this.view.span * part, this.view.end + this.view.span * part); }

  // What is selected.

  // Selects an item, or with none a moment; shows it, and says it. What is told of a log is of the server and
  // the time of the item, unless the lane and the time of a click are given.
  select(item, at, click) {
    this.player.stop();
    const words = item && this.words.describe(item);
    const time = at ?? words.at;
    const server = item ? this.serversOf(item)[0] : undefined;
    this.selection = { item, at: time, log: click ?? (server === undefined ? undefined : { server, at: time }) };
    this.view.reveal(time);
    if (item) this.scrollTo(item);
    if (item?.type === "failure") this.openHistory(this.run.failures[item.id].index);
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
    // What is in the axis always is.
    if (item.type === "note" || item.type === "failure") return;
    const { y } = this.picker.position(item);
    const over = y - (this.layout.height - SCROLL_ROOM), under = AXIS_HEIGHT + SCROLL_ROOM - y;
    if (over > 0) this.scroller.scrollTop += over;
    else if (under > 0) this.scroller.scrollTop -= under;
  }

  release() {
    this.selection = null;
    this.player.stop();
    this.jumps.forget();
    this.closeHistory();
    this.setFilter({ servers: [] });
    this.say("");
  }

  say(text) { document.getElementById("status").textContent = text; }

  // The cursor of a run that plays.
  playTo(at) {
    this.selection = { item: null, at };
    const { start, end, span } = this.view;
    if (at < start || at > end) this.view.show(at - span * 0.3, at + span * 0.7);
    else if (at > start + span * PLAY_AT_MOST) this.view.moveBy(at - start - span * PLAY_AT_MOST);
    this.hover = null;
    this.redraw();
  }

  openHistory(index) {
    if (index === undefined || index === null) return;
    const known = this.history.open(index);
    this.say(known ? `History of index ${index}: ${plural(this.history.events.length, "event")}.` : "Nothing is known about that index.");
    this.redrawOverlay();
  }

  // Of the index that what is selected is about, or the failure.
  toggleHistory() {
    if (this.history.index !== null) this.closeHistory();
    else this.openHistory(indexOf(this.run, this.selection?.item) ?? this.run.failures[0]?.index ?? this.run.indexMax);
  }

  closeHistory() {
    this.history.close();
    this.redrawOverlay();
  }

  // To a line of the history: as an item of the picture if it is one, or as a moment of its server.
  goToEvent({ at, server, item }) {
    this.lookAt(at, 0.1 * SECOND);
    this.select(item ?? null, at, { server, at });
    bringIntoView(this.scroller);
  }

  // Looks at a time closely enough to see its messages.
  lookAt(time, spanMost) {
    const span = Math.min(this.view.span, spanMost);
    this.view.show(time - span / 2, time + span / 2);
  }

  setFilter(filter) {
    this.filter.set(filter);
    this.redraw();
  }
}
