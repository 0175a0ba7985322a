// The axis and the gutter, which stay where they are while the lanes are scrolled.

const TICK_GAP_MIN = 96;
const NOTE_ROWS = 2;

class AxisPainter {
  constructor(run, lettering) {
    Object.assign(this, { run, lettering });
    // Where the notes were last written, to find them again: [id, left, right, top].
    this.noteBoxes = [];
  }

  paint(context, view, layout, palette) {
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, layout.width, AXIS_HEIGHT);
    this.lettering.useFont(context, "11px");
    context.textBaseline = "middle";
    context.fillStyle = palette.edge;
    context.fillRect(view.left, AXIS_HEIGHT - 1, view.width, 1);
    this.writeNotes(context, view, palette);
    this.lettering.useFont(context, "11px");
    context.textAlign = "center";
    const failures = this.run.failures.map((failure) => view.x(failure.at));
    for (const { x, text } of ticks(view)) {
      context.fillStyle = palette.edge;
      context.fillRect(Math.round(x), AXIS_HEIGHT - 5, 1, 5);
      if (x < view.left + 4 || failures.some((failure) => Math.abs(failure - x) < 55)) continue;
      const width = this.lettering.textWidth(context, text) + 6;
      const middle = Math.min(x, view.right - width / 2);
      // The line of a note may pass here.
      context.fillStyle = palette.paper;
      context.fillRect(middle - width / 2, AXIS_HEIGHT - 20, width, 14);
      context.fillStyle = palette.dim;
      context.fillText(text, middle, AXIS_HEIGHT - 13);
    }
    context.textAlign = "left";
    this.writeFailures(context, view, palette);
  }

  writeNotes(context, view, palette) {
    this.lettering.useFont(context, "600 11.5px");
    this.noteBoxes = [];
    const { notes } = this.run;
    const first = firstWhere(notes.length, (id) => notes[id].at >= view.start);
    const taken = Array(NOTE_ROWS).fill(-Infinity);
    for (let id = first; id < notes.length && notes[id].at <= view.end; id++) {
      const x = view.x(notes[id].at);
      const row = taken.findIndex((end) => end <= x);
      // As much of it as fits before the next note of this row, or the edge.
      const beyond = notes[id + NOTE_ROWS];
      const end = Math.min(view.right, beyond ? view.x(beyond.at) - 8 : Infinity);
      const text = row < 0 ? "" : this.lettering.shortened(context, notes[id].text, end - x - 6);
      const top = text ? 4 + 16 * row : AXIS_HEIGHT - 6;
      context.fillStyle = palette.dim;
      context.fillRect(Math.round(x), top, 1, AXIS_HEIGHT - top);
      if (!text) continue;
      const width = this.lettering.textWidth(context, text);
      context.fillStyle = palette.paper;
      context.fillRect(x + 2, 4 + 16 * row, width + 4, 15);
      context.fillStyle = palette.ink;
      context.fillText(text, x + 5, 12 + 16 * row);
      this.noteBoxes.push({ id, left: x, right: x + width + 8, top: 4 + 16 * row, bottom: 20 + 16 * row });
      taken[row] = x + width + 14;
    }
  }

  writeFailures(context, view, palette) {
    this.lettering.useFont(context, "650 11.5px");
    let taken = -Infinity;
    for (const failure of this.run.failures) {
      if (failure.at < view.start || failure.at > view.end) continue;
      const width = this.lettering.textWidth(context, "failure") + 12;
      const x = Math.min(view.right - width, Math.max(view.left, view.x(failure.at) - width / 2));
      if (x < taken) continue;
      context.fillStyle = palette.alarm;
      context.fillRect(x, AXIS_HEIGHT - 21, width, 17);
      context.fillStyle = palette.paper;
      context.fillText("failure", x + 6, AXIS_HEIGHT - 12);
      taken = x + width + 4;
    }
  }

  // The names of the servers are buttons; on paper, where there are none, they are drawn.
  paintGutter(context, view, layout, palette, withNames) {
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, view.left, layout.height);
    context.fillStyle = palette.rule;
    for (const lane of layout.lanes) context.fillRect(0, Math.round(lane.bottom) - 0.5, view.left, 1);
    context.fillStyle = palette.dim;
    context.textBaseline = "middle";
    context.textAlign = "right";
    this.lettering.useFont(context, "10.5px");
    for (const lane of layout.lanes) {
      if (!layout.indexHeight) break;
      const caption = this.run.showsLogs ? "log" : "applied";
      context.fillText(caption, view.left - 8, lane.indexTop + INDEX_HEIGHT / 2 + 0.5);
    }
    if (withNames) this.writeNames(context, view, layout, palette);
    layout.clientRows.forEach(({ client, first }, row) => {
      if (!first) return;
      const y = layout.clientsTop + row * CLIENT_ROW_HEIGHT + (CLIENT_ROW_HEIGHT - 3) / 2;
      context.fillText(`client ${client}`, view.left - 8, y + 0.5);
    });
    context.textAlign = "left";
    // The lanes scroll below the axis, and so do their names.
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, view.left, AXIS_HEIGHT);
  }

  writeNames(context, view, layout, palette) {
    context.save();
    context.fillStyle = palette.ink;
    this.lettering.useFont(context, "600 13px");
    layout.lanes.forEach((lane, server) => {
      context.fillText(`server ${server}`, view.left - 8, lane.boxTop + ROLE_HEIGHT / 2 + 0.5);
    });
    context.restore();
  }
}

// The round times in sight, as far apart as their texts need.
function ticks(view) {
  const least = view.perPixel * TICK_GAP_MIN;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, [1, 2, 5, 10].find((factor) => factor * power >= least) * power);
  const found = [];
  for (let count = Math.ceil(Math.max(0, view.start) / step); count * step <= Math.min(view.end, view.endAt); count++) {
    found.push({ x: view.x(count * step), text: tickText(count * step, step) });
  }
  return found;
}

function tickText(time, step) {
  const decimals = Math.max(0, Math.ceil(9 - Math.log10(step) - 1e-9));
  return `${grouped((time / 1e9).toFixed(Math.min(9, decimals)))} s`;
}
