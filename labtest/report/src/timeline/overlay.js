// The layer over the picture that changes with the pointer: cursors, and frames around the item.

class OverlayPainter {
  constructor(timeline) {
    this.timeline = timeline;
  }

  paint(selection, hover) {
    const { view, layout, palette, scale, overlay } = this.timeline;
    const context = overlay.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, layout.width, layout.height);
    context.save();
    context.beginPath();
    context.rect(view.left, 0, view.width, layout.height);
    context.clip();
    if (selection) this.paintCursor(context, selection.at, palette.focus, []);
    if (hover) this.paintCursor(context, hover.at, palette.dim, [2, 3]);
    if (selection?.item) this.paintHighlight(context, selection.item);
    if (hover?.item) this.paintHighlight(context, hover.item);
    context.restore();
  }

  paintCursor(context, at, colour, dashes) {
    const { view, layout, palette } = this.timeline;
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
    // Over the word "failure", not on it.
    const isOnFailure = this.timeline.run.failures.some((failure) => Math.abs(view.x(failure.at) - x) < width);
    const top = AXIS_HEIGHT - (isOnFailure ? 40 : 21);
    context.fillStyle = colour;
    context.fillRect(left, top, width, 17);
    context.fillStyle = palette.paper;
    context.fillText(text, left + 5, top + 9);
  }

  paintHighlight(context, item) {
    const { view, layout, palette, run, picture, picker } = this.timeline;
    if (item.type === "message") {
      picture.messages.highlight(context, view, layout, palette, item.id);
      return;
    }
    if (item.type === "operation") picture.operations.highlight(context, view, layout, palette, item.id);
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
      const { x, y } = picker.position(item);
      context.beginPath();
      context.arc(x, y, item.type === "cause" ? CAUSE_RADIUS + 2 : 6, 0, 7);
      context.stroke();
    }
  }
}
