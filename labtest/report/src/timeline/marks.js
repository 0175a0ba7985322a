// What the eye is to find first: the failure, and the marks of what led to it.

const CAUSE_RADIUS = 8.5;

class MarkPainter {
  constructor(run, lettering) {
    Object.assign(this, { run, lettering });
    // Where the marks of causes were last drawn: id, x, y.
    this.causeMarks = [];
  }

  // The numbered marks of what led to the failure, each in the lane of the server that did it. Those that
  // would lie on each other stand side by side.
  paintCauses(context, view, layout, palette) {
    this.causeMarks = [];
    this.lettering.useFont(context, "650 10.5px");
    context.textBaseline = "middle";
    context.textAlign = "center";
    this.run.causes.forEach(({ at, wrong, servers: [server] }, id) => {
      if (at < view.start || at > view.end || server === undefined) return;
      const y = layout.lanes[server].boxTop - 2;
      let x = view.x(at);
      for (const mark of this.causeMarks) {
        if (mark.y === y && Math.abs(mark.x - x) < 2 * CAUSE_RADIUS) x = mark.x + 2 * CAUSE_RADIUS;
      }
      this.causeMarks.push({ id, x, y, wrong });
    });
    this.keepInSight(view.right);
    for (const { id, x, y, wrong } of this.causeMarks) {
      context.beginPath();
      context.arc(x, y, CAUSE_RADIUS - 0.75, 0, 7);
      context.fillStyle = wrong ? palette.alarm : palette.paper;
      context.fill();
      context.strokeStyle = wrong ? palette.paper : palette.ink;
      context.lineWidth = 1.5;
      context.stroke();
      context.fillStyle = wrong ? palette.paper : palette.ink;
      this.lettering.useFont(context, id < 9 ? "650 10.5px" : "650 9px");
      context.fillText(id + 1, x, y + 0.5);
    }
    context.textAlign = "left";
  }

  // Those at the right edge move to the left, and those beside them with them.
  keepInSight(right) {
    const edges = new Map();
    for (const mark of this.causeMarks.toReversed()) {
      const edge = edges.get(mark.y) ?? right;
      mark.x = Math.min(mark.x, edge - CAUSE_RADIUS);
      edges.set(mark.y, mark.x - CAUSE_RADIUS);
    }
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
}
