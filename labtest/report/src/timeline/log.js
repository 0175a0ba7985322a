// What a server logged around a time.

const LOG_LINES_AROUND = 12;

class LogPanel {
  constructor(run) {
    this.run = run;
    this.section = document.getElementById("log");
    this.heading = this.section.querySelector("h2");
    this.list = this.section.querySelector("ol");
    this.rest = this.section.querySelector("p");
    this.shown = "";
  }

  // Shows the lines around a time, or nothing where there are none or no server is meant.
  show(server, at) {
    const log = this.run.logs[server];
    this.section.hidden = !log;
    const shown = `${server} ${at}`;
    if (!log || shown === this.shown) return;
    this.shown = shown;
    const after = firstWhere(log.lines.length, (id) => log.lines[id][0] > at);
    const from = Math.max(0, after - LOG_LINES_AROUND), to = Math.min(log.lines.length, after + LOG_LINES_AROUND);
    this.heading.textContent = `What server ${server} logged`;
    const rows = log.lines.slice(from, to).map(([time, text]) => {
      const row = element("li");
      row.append(element("time", (time / 1e9).toFixed(3)), element("span", logWords(text)));
      return row;
    });
    rows.splice(after - from, 0, element("li", exactTime(at), "here"));
    this.list.replaceChildren(...rows);
    this.tellRest(server, log);
    const here = this.list.querySelector(".here");
    this.list.scrollTop = here.offsetTop - this.list.offsetTop - this.list.clientHeight / 2;
  }

  tellRest(server, { lines, total }) {
    const link = element("a", `logs/server-${server}.log`);
    link.href = `logs/server-${server}.log`;
    const all = lines.length === total ? `all ${plural(total, "line")} are here; the file: `
      : `${lines.length.toLocaleString("en")} of ${plural(total, "line")} are in this page, ${lines.length
        ? `from ${exactTime(lines[0][0])} to ${exactTime(lines.at(-1)[0])}` : "none of them"}; all: `;
    this.rest.replaceChildren(all, link);
  }
}

// A line of JSON, as `tracing` writes it, in fewer signs; anything else as it is.
function logWords(text) {
  if (!text.startsWith("{")) return text;
  try {
    const { level = "", target = "", fields = {}, message = fields.message } = JSON.parse(text);
    const rest = Object.entries(fields).filter(([name]) => name !== "message").map(([name, value]) => `${name}=${value}`);
    const words = message === undefined ? rest : [message, ...rest];
    return words.length ? `${level} ${target}: ${words.join(" ")}`.trim() : text;
  } catch {
    return text;
  }
}
