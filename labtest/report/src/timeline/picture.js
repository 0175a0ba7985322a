// All that is drawn of a run, in the order in which one thing lies over another.

class Picture {
  constructor(run, view, layout, filter) {
    Object.assign(this, { run, view, layout, filter });
    const lettering = new Lettering();
    this.faults = new FaultPainter(run, lettering);
    this.logs = new LogStripPainter(run, lettering);
    this.lanes = new LanePainter(run, lettering, this.faults, this.logs);
    this.messages = new MessagePainter(run, filter);
    this.labels = new LabelPainter(run, lettering, filter);
    this.operations = new OperationPainter(run, lettering);
    this.marks = new MarkPainter(run, lettering);
    this.axis = new AxisPainter(run, lettering);
  }

  paint(context, palette, past, printing) {
    const { view, layout } = this;
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, layout.width, layout.height);
    context.save();
    context.beginPath();
    context.rect(view.left, AXIS_HEIGHT, view.width, layout.height - AXIS_HEIGHT);
    context.clip();
    this.lanes.paintGround(context, view, layout, palette);
    this.faults.paintWalls(context, view, layout, palette);
    this.messages.paint(context, view, layout, palette, past);
    this.lanes.paintServers(context, view, layout, palette, this.filter.servers);
    this.faults.paintLabels(context, view, layout, palette);
    this.labels.paint(context, view, layout, palette, this.messages.arrows, past);
    past.paint(context, view, layout, palette);
    this.operations.paint(context, view, layout, palette);
    this.marks.paintFailures(context, view, layout, palette);
    this.marks.paintCauses(context, view, layout, palette);
    context.restore();
    this.axis.paintGutter(context, view, layout, palette, printing);
    this.axis.paint(context, view, layout, palette);
  }

  // What there was no room for.
  get omitted() {
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
    return told.join(" · ");
  }
}
