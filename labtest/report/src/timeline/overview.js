// The whole run in a narrow strip, with the part in sight framed.

const OVERVIEW_ROWS_HEIGHT = 48;
const OVERVIEW_EDGE = 7;

class Overview {
  constructor(run, canvas) {
    this.run = run;
    this.canvas = canvas;
    this.row = Math.min(8, Math.max(3, Math.round(OVERVIEW_ROWS_HEIGHT / run.servers)));
    this.height = run.servers * this.row + 2 * OVERVIEW_EDGE;
    this.still = document.createElement("canvas");
    this.whole = new View(run.endAt);
  }

  // Draws what does not change with the view.
  prepare(width, left, scale, palette) {
    Object.assign(this.whole, { left, right: width - 10 });
    this.whole.showAll();
    this.scale = scale;
    this.canvas.style.height = `${this.height}px`;
    for (const canvas of [this.canvas, this.still]) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(this.height * scale);
    }
    const context = this.still.getContext("2d");
    context.scale(scale, scale);
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, width, this.height);
    context.fillStyle = palette.dim;
    context.font = `10.5px ${FONT}`;
    context.textBaseline = "middle";
    context.textAlign = "right";
    context.fillText("whole run", left - 8, this.height / 2);
    this.paintServers(context, palette);
    this.paintMarks(context, palette);
  }

  paintServers(context, palette) {
    const view = this.whole;
    this.run.bands.forEach((bands, server) => {
      const y = OVERVIEW_EDGE + server * this.row;
      for (const band of bands) {
        const x = view.x(band.start);
        context.fillStyle = band.role === LEADER ? palette.solid(band.term) : palette.tint(band.term);
        context.fillRect(x, y, Math.max(band.role === LEADER ? 1 : 0.3, view.x(band.end) - x), this.row - 1);
      }
    });
    for (const fault of this.run.faults) {
      const [x0, x1] = faultEdges(view, fault);
      for (const server of fault.lanes) {
        const y = OVERVIEW_EDGE + server * this.row;
        context.fillStyle = fault.looks === "crash" ? palette.down : palette.wall;
        if (fault.looks === "crash") context.fillRect(x0, y, x1 - x0, this.row - 1);
        else context.fillRect(x0, y + this.row - 2, x1 - x0, 1.5);
      }
    }
  }

  paintMarks(context, palette) {
    for (const note of this.run.notes) {
      context.fillStyle = palette.dim;
      context.fillRect(Math.round(this.whole.x(note.at)), 0, 1, OVERVIEW_EDGE - 2);
    }
    for (const { at, wrong, servers: [server] } of this.run.causes) {
      if (!wrong || server === undefined) continue;
      context.fillStyle = palette.alarm;
      context.beginPath();
      context.arc(this.whole.x(at), OVERVIEW_EDGE + (server + 0.5) * this.row, 3, 0, 7);
      context.fill();
    }
    for (const failure of this.run.failures) {
      context.fillStyle = palette.alarm;
      context.fillRect(this.whole.x(failure.at) - 1, 0, 2, this.height);
    }
  }

  paint(view, palette) {
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.still, 0, 0);
    context.scale(this.scale, this.scale);
    const x0 = this.whole.x(view.start), x1 = Math.max(this.whole.x(view.end), x0 + 3);
    context.fillStyle = palette.focus;
    context.globalAlpha = 0.13;
    context.fillRect(x0, 1, x1 - x0, this.height - 2);
    context.globalAlpha = 1;
    context.strokeStyle = palette.focus;
    context.lineWidth = 1.5;
    context.strokeRect(x0, 1.5, x1 - x0, this.height - 3);
  }
}
