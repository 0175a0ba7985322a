// Faults: hatched grounds, walls and fences between lanes, servers that are down.

class FaultPainter {
  constructor(run, lettering) {
    Object.assign(this, { run, lettering });
  }

  visible(view) {
    const { ids } = this.run.faultSpans;
    const [from, to] = this.run.faultSpans.range(view.start, view.end);
    return ids.slice(from, to).map((id) => this.run.faults[id]).filter((fault) => fault.end >= view.start);
  }

  paintGrounds(context, view, layout, palette) {
    for (const fault of this.visible(view)) {
      if (fault.looks === "crash") continue;
      context.fillStyle = palette.pattern(context, FAULT_PATTERNS[fault.looks], palette.hatch);
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
    for (const fault of this.visible(view)) {
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

  paintCrashes(context, view, lane, palette, server) {
    this.lettering.useFont(context, "600 12px");
    for (const crash of this.run.crashes[server]) {
      if (crash.end < view.start || crash.start > view.end) continue;
      const [x0, x1] = faultEdges(view, crash);
      context.fillStyle = palette.down;
      context.fillRect(x0, lane.boxTop, x1 - x0, lane.boxBottom - lane.boxTop);
      context.strokeStyle = palette.dim;
      context.lineWidth = 1;
      context.strokeRect(x0 + 0.5, lane.boxTop + 0.5, Math.max(2, x1 - x0 - 1), lane.boxBottom - lane.boxTop - 1);
      const text = this.lettering.fitting(context, ["crashed", "down"], x1 - x0 - 12);
      if (!text) continue;
      context.fillStyle = palette.downInk;
      context.fillText(text, x0 + 7, (lane.boxTop + lane.boxBottom) / 2 + 0.5);
    }
  }

  paintLabels(context, view, layout, palette) {
    this.lettering.useFont(context, "600 10.5px");
    context.textBaseline = "middle";
    const taken = layout.lanes.map(() => view.left);
    for (const fault of this.visible(view)) {
      if (fault.looks === "crash") continue;
      const [x0, x1] = faultEdges(view, fault);
      const width = this.lettering.textWidth(context, fault.label) + 8;
      for (const server of fault.lanes) {
        // Neighbours with the same fault need to be told only once.
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
}

// Where a fault begins and ends on the screen; one that lasts no time is still seen.
function faultEdges(view, fault) {
  const x0 = Math.max(view.left - 5, view.x(fault.start));
  return [x0, Math.min(view.right + 5, Math.max(view.x(fault.end), view.x(fault.start) + 3))];
}
