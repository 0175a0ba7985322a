// The lanes: a band for each server with its roles and terms, and under it its log.

class LanePainter {
  constructor(run, lettering, faults, logs) {
    Object.assign(this, { run, lettering, faults, logs });
  }

  paintGround(context, view, layout, palette) {
    context.fillStyle = palette.desk;
    const begin = view.x(0), end = view.x(this.run.endAt);
    const height = layout.bottom - AXIS_HEIGHT;
    if (begin > view.left) context.fillRect(view.left, AXIS_HEIGHT, begin - view.left, height);
    if (end < view.right) context.fillRect(end, AXIS_HEIGHT, view.right - end, height);
    this.faults.paintGrounds(context, view, layout, palette);
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

  paintServers(context, view, layout, palette, focus) {
    this.run.bands.forEach((_, server) => {
      const lane = layout.lanes[server];
      if (lane.bottom < AXIS_HEIGHT || lane.top > layout.height) return;
      context.globalAlpha = focus.size === 0 || focus.has(server) ? 1 : 0.35;
      this.paintUnknowns(context, view, lane, palette, server);
      this.paintBands(context, view, lane, palette, server);
      if (layout.indexHeight) this.logs.paint(context, view, lane, palette, server);
      this.faults.paintCrashes(context, view, lane, palette, server);
    });
    context.globalAlpha = 1;
  }

  paintUnknowns(context, view, lane, palette, server) {
    this.lettering.useFont(context, "12px");
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
      const text = this.lettering.fitting(context, ["role not known", "not known", "?"], x1 - x0 - 12);
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
    this.lettering.useFont(context, "600 12px");
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
        context.fillStyle = palette.pattern(context, shape, palette.solid(band.term));
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
    const text = this.lettering.fitting(context, texts, x1 - x0 - 12);
    if (!text) return;
    if (band.role === CANDIDATE || band.role === PRE_CANDIDATE) {
      context.fillStyle = palette.tint(band.term);
      context.fillRect(x0 + 3, y - 8.5, this.lettering.textWidth(context, text) + 7, 16);
    }
    context.fillStyle = band.role === LEADER ? palette.onSolid : palette.ink;
    context.fillText(text, x0 + 7, y);
  }
}
