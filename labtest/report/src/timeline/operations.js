// What clients did: a box for each operation, and where there are too many, columns of how they ended.

// Nearer than this on the average, operations are drawn as columns.
const OPERATION_GAP_MIN = 5;
const OPERATION_COLUMN_WIDTH = 2;
// So that one that failed among hundreds is seen.
const SHARE_HEIGHT_MIN = 4;

class OperationPainter {
  constructor(run, lettering) {
    this.run = run;
    this.lettering = lettering;
    // How many were last drawn as columns.
    this.inColumns = 0;
  }

  paint(context, view, layout, palette) {
    const [from, to] = this.run.operationSpans.range(view.start, view.end);
    const isCrowded = (to - from) * OPERATION_GAP_MIN > view.width * layout.clientRows.length;
    this.inColumns = isCrowded ? to - from : 0;
    if (isCrowded) this.paintColumns(context, view, layout, palette, from, to);
    else this.paintBoxes(context, view, layout, palette, from, to);
    this.frameFailures(context, view, layout, palette);
  }

  // The operations that checks complain of.
  frameFailures(context, view, layout, palette) {
    context.strokeStyle = palette.alarm;
    context.lineWidth = 2;
    for (const { operation } of this.run.failures) {
      if (operation === null) continue;
      const { start, end } = this.run.operations[operation];
      const { top, bottom } = layout.operationBox(operation);
      const x0 = view.x(start) - 2, x1 = Math.max(view.x(end), x0 + 4) + 2;
      context.strokeRect(x0, top - 1, x1 - x0, bottom - top + 2);
    }
  }

  paintBoxes(context, view, layout, palette, from, to) {
    const { operations } = this.run;
    this.lettering.useFont(context, "11px");
    context.textBaseline = "middle";
    const covered = layout.clientRows.map(() => -Infinity);
    for (let id = from; id < to; id++) {
      const operation = operations[id];
      const x0 = Math.max(view.left, view.x(operation.start));
      const x1 = Math.min(view.right, Math.max(view.x(operation.end), view.x(operation.start) + 3));
      const { top, bottom, row } = layout.operationBox(id);
      // Too close to the one before to be told from it.
      if (x1 < view.left || x1 < covered[row] + 1) continue;
      covered[row] = x1;
      const known = operation.outcome === "ok" || operation.outcome === "failed";
      const colour = { ok: palette.good, failed: palette.alarm }[operation.outcome] ?? palette.dim;
      context.globalAlpha = 0.18;
      context.fillStyle = colour;
      context.fillRect(x0, top, x1 - x0, bottom - top);
      context.globalAlpha = 1;
      context.fillRect(x0, top, Math.min(3, x1 - x0), bottom - top);
      // An end that nobody saw is left open.
      if (known && view.x(operation.end) <= view.right) context.fillRect(x1 - 1, top, 1, bottom - top);
      const text = this.lettering.fitting(context, operationTexts(operation), x1 - x0 - 12);
      if (!text) continue;
      context.fillStyle = palette.ink;
      context.fillText(text, x0 + 7, (top + bottom) / 2 + 0.5);
    }
  }

  // Of each client and column: those that failed from above, of unknown outcome from below, by their share;
  // nothing where the client did nothing.
  paintColumns(context, view, layout, palette, from, to) {
    const { cells, width } = this.count(view, layout, from, to);
    const height = CLIENT_ROW_HEIGHT - 3;
    const share = (part, all) => (part ? Math.max(SHARE_HEIGHT_MIN, Math.round(part / all * height)) : 0);
    const sizes = {
      ok: (all) => (all ? height : 0),
      failed: (all, failed) => share(failed, all),
      unknown: (all, _failed, unknown) => share(unknown, all),
    };
    layout.clientRows.forEach((_, row) => {
      const top = layout.clientsTop + row * CLIENT_ROW_HEIGHT;
      if (top > layout.height || top + height < AXIS_HEIGHT) return;
      // What is next to each other and as high is painted in one go.
      const paint = (colour, alpha, sizeOf, isBelow) => {
        context.fillStyle = colour;
        context.globalAlpha = alpha;
        let from = 0, before = 0;
        for (let column = 0; column <= width; column++) {
          const cell = (row * width + column) * 3;
          const ok = cells[cell], failed = cells[cell + 1], unknown = cells[cell + 2];
          const size = column < width ? sizeOf(ok + failed + unknown, failed, unknown) : 0;
          if (size === before) continue;
          const x = view.left + from * OPERATION_COLUMN_WIDTH;
          if (before) {
            context.fillRect(x, top + (isBelow ? height - before : 0), (column - from) * OPERATION_COLUMN_WIDTH, before);
          }
          [from, before] = [column, size];
        }
      };
      // Palest is what has no effect: a follower says no to everything. The shades differ without their hues too.
      paint(palette.good, 0.55, sizes.ok);
      paint(palette.paper, 1, sizes.unknown, true);
      paint(palette.dim, 0.9, sizes.unknown, true);
      paint(palette.paper, 1, sizes.failed);
      paint(palette.alarm, 0.25, sizes.failed);
    });
    context.globalAlpha = 1;
  }

  count(view, layout, from, to) {
    const { operations } = this.run;
    // A window that is being made smaller may have no room at all for a moment.
    const width = Math.max(0, Math.ceil(view.width / OPERATION_COLUMN_WIDTH));
    const cells = new Uint32Array(width * layout.clientRows.length * 3);
    const columnOf = (time) => Math.floor((view.x(time) - view.left) / OPERATION_COLUMN_WIDTH);
    for (let id = from; id < to; id++) {
      const { start, end, outcome } = operations[id];
      const first = Math.max(0, columnOf(start)), last = Math.min(width - 1, columnOf(end));
      const row = layout.operationRow(id);
      const kind = outcome === "ok" ? 0 : outcome === "failed" ? 1 : 2;
      for (let column = first; column <= last; column++) cells[(row * width + column) * 3 + kind] += 1;
    }
    return { cells, width };
  }

  // From an operation to the server that it asked.
  highlight(context, view, layout, palette, id) {
    const { start, server } = this.run.operations[id];
    const lane = layout.lanes[server];
    if (!lane) return;
    const x = Math.round(Math.max(view.left, view.x(start))) + 0.5;
    context.strokeStyle = palette.focus;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, layout.operationBox(id).top);
    context.lineTo(x, lane.boxBottom);
    context.stroke();
    context.beginPath();
    context.arc(x, lane.boxBottom, 3, 0, 7);
    context.fillStyle = palette.focus;
    context.fill();
  }
}

// An operation in words, from the longest to the shortest.
function operationTexts({ text, outcome, server, answer }) {
  const whole = answer === null ? text : `${text} → ${answer}`;
  const ending = outcome ?? "no answer";
  const texts = [`${whole} · ${ending}`, `${text} · ${ending}`, text];
  return server === null ? texts : [`${whole} · ${ending} · server ${server}`, ...texts];
}
