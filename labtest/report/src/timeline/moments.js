// Every event as an item, in the order of time.
function allMoments(run, logs) {
  const moments = [];
  const add = (at, item) => moments.push({ at, item });
  for (let id = 0; id < run.messages.count; id++) {
    add(run.messages.sent[id], { type: "message", id });
    if (run.messages.fate[id] !== UNDER_WAY) add(run.messages.ended[id], { type: "message", id });
  }
  for (let server = 0; server < run.servers; server++) {
    run.bands[server].forEach((band, id) => add(band.start, { type: "band", server, id }));
    run.applies[server].forEach((apply, id) => add(apply.at, { type: "apply", server, id }));
    run.snapshots[server].forEach((snapshot, id) => add(snapshot.at, { type: "snapshot", server, id }));
    if (run.showsLogs) logs.levels[server].forEach(({ at }) => add(at, { type: "level", server, at }));
  }
  run.faults.forEach((fault, id) => {
    add(fault.start, { type: "fault", id });
    if (fault.ended) add(fault.end, { type: "fault", id });
  });
  run.operations.forEach((operation, id) => add(operation.start, { type: "operation", id }));
  run.notes.forEach((note, id) => add(note.at, { type: "note", id }));
  run.causes.forEach((cause, id) => add(cause.at, { type: "cause", id }));
  run.failures.forEach((failure, id) => add(failure.at, { type: "failure", id }));
  return moments.sort((a, b) => a.at - b.at);
}
