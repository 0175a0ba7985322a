// Pointer, wheel and keys.

function listenToPointer(timeline) {
  const { stage, scroller, view } = timeline;
  const pointers = new Map();
  let moved = 0;
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const drag = (pointer, from, to) => {
    moved += Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
    if (moved < 4) return;
    stage.classList.add("dragging");
    const other = [...pointers].find(([id]) => id !== pointer)?.[1];
    if (other) {
      const before = Math.hypot(from.x - other.x, from.y - other.y);
      const after = Math.hypot(to.x - other.x, to.y - other.y);
      timeline.zoom(Math.max(1, before) / Math.max(1, after), (to.x + other.x) / 2);
    } else {
      view.moveBy((from.x - to.x) * view.perPixel);
      scroller.scrollTop += from.y - to.y;
      timeline.hover = null;
      timeline.redraw();
    }
  };
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button")) return;
    if (pointers.size === 0) moved = 0;
    pointers.set(event.pointerId, place(event));
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const to = place(event);
    const from = pointers.get(event.pointerId);
    if (from) {
      drag(event.pointerId, from, to);
      pointers.set(event.pointerId, to);
    } else if (event.target.closest("button") || to.x < view.left) {
      timeline.hover = null;
      timeline.redrawOverlay();
    } else {
      timeline.hover = { item: timeline.picker.itemAt(to.x, to.y), at: view.time(to.x), ...to };
      timeline.redrawOverlay();
    }
  });
  const release = (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size) return;
    stage.classList.remove("dragging");
    if (moved >= 4 || event.type !== "pointerup") return;
    const { x, y } = place(event);
    if (x < view.left) return;
    const item = timeline.picker.itemAt(x, y);
    const server = timeline.layout.serverAt(y);
    timeline.select(item, item ? undefined : view.time(x), server < 0 ? undefined : { server, at: view.time(x) });
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener("pointerleave", () => {
    timeline.hover = null;
    timeline.redrawOverlay();
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 16;
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways) {
      view.moveBy((event.deltaX || event.deltaY) * unit * view.perPixel);
      timeline.redraw();
    } else {
      timeline.zoom(Math.exp(event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0018)), place(event).x);
    }
  }, { passive: false });
  scroller.addEventListener("scroll", () => timeline.redraw());
}

function listenToOverview(timeline) {
  const { canvas, whole } = timeline.overview;
  const centre = (event) => {
    const time = whole.time(event.clientX - canvas.getBoundingClientRect().left);
    timeline.show(time - timeline.view.span / 2, time + timeline.view.span / 2);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    centre(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons & 1) centre(event);
  });
}

function listenToKeys(timeline) {
  const help = document.getElementById("help");
  const keys = {
    c: () => timeline.jumps.alongCauses(1),
    C: () => timeline.jumps.alongCauses(-1),
    f: () => timeline.jumps.toFailure(),
    e: () => timeline.jumps.toElection(-1),
    E: () => timeline.jumps.toElection(1),
    p: () => timeline.jumps.step(-1),
    n: () => timeline.jumps.step(1),
    h: () => timeline.toggleHistory(),
    b: () => timeline.togglePast(),
    " ": () => timeline.player.toggle(),
    "/": () => timeline.search.input.focus(),
    0: () => timeline.fitAll(),
    "+": () => timeline.zoom(1 / 1.5),
    "=": () => timeline.zoom(1 / 1.5),
    "-": () => timeline.zoom(1.5),
    "?": () => help.showModal(),
    Escape: () => timeline.release(),
  };
  const moves = {
    ArrowLeft: (far) => timeline.pan(far ? -0.75 : -0.15),
    ArrowRight: (far) => timeline.pan(far ? 0.75 : 0.15),
    ArrowUp: () => { timeline.scroller.scrollTop -= 60; },
    ArrowDown: () => { timeline.scroller.scrollTop += 60; },
    Home: () => timeline.show(0, timeline.view.span),
    End: () => timeline.show(timeline.run.endAt - timeline.view.span, timeline.run.endAt),
  };
  document.addEventListener("keydown", (event) => {
    if (help.open || event.ctrlKey || event.metaKey || event.altKey) return;
    // In the story the arrows scroll, as in any list; what is typed is typed, and a button has its own key.
    if (event.target.closest("input")) return;
    if (event.key === " " && event.target.closest("button, summary, a")) return;
    const move = event.target.closest("aside") ? undefined : moves[event.key];
    if (!move && !keys[event.key]) return;
    event.preventDefault();
    if (move) move(event.shiftKey);
    else keys[event.key]();
  });
}

// In a narrow window the picture and its description are below each other, and not both in view.
const bringIntoView = (part) => part.scrollIntoView({ block: "nearest" });

function listenToButtons(timeline) {
  const on = (id, act) => document.getElementById(id).addEventListener("click", act);
  on("to-failure", () => timeline.jumps.toFailure());
  on("to-cause", () => timeline.jumps.alongCauses(1));
  for (const button of document.querySelectorAll(".causes button")) {
    button.addEventListener("click", () => {
      timeline.jumps.toCause(Number(button.dataset.cause));
      bringIntoView(timeline.scroller);
    });
  }
  on("play", () => timeline.player.toggle());
  on("past", () => timeline.togglePast());
  document.querySelector(".to-history")?.addEventListener("click", (event) => {
    timeline.openHistory(Number(event.target.dataset.index));
    bringIntoView(timeline.history.section);
  });
  on("election-before", () => timeline.jumps.toElection(-1));
  on("election-after", () => timeline.jumps.toElection(1));
  on("event-before", () => timeline.jumps.step(-1));
  on("event-after", () => timeline.jumps.step(1));
  on("zoom-in", () => timeline.zoom(1 / 1.5));
  on("zoom-out", () => timeline.zoom(1.5));
  on("fit", () => timeline.fitAll());
  on("ask-help", () => document.getElementById("help").showModal());
  on("theme", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    remember(theme);
    timeline.recolour();
  });
  for (const button of document.querySelectorAll(".kinds button")) {
    button.addEventListener("click", () => {
      timeline.filter.toggleKind(button.dataset.kind);
      timeline.redraw();
    });
  }
  timeline.serverButtons.forEach((button, server) => {
    button.addEventListener("click", () => {
      timeline.filter.toggleServer(server);
      timeline.redraw();
    });
  });
}
