// The ways to get somewhere in the run: to the failure and its causes, to elections, from event to event.

const CAUSE_SPAN_MOST = 0.4 * SECOND;
const CAUSE_SPAN_LEAST = 4e6;
// Where its neighbours are of the same moment.
const CAUSE_SPAN_ALONE = 0.04 * SECOND;
// A fact is seen by what came before it more than by what came after.
const CAUSE_PART_BEFORE = 0.7;
// Facts that are further apart are not neighbours.
const NEIGHBOURS_WITHIN = 0.05 * SECOND;

class Jumps {
  constructor(timeline) {
    this.timeline = timeline;
    this.forget();
  }

  // Begins with the first failure and the cause again.
  forget() { this.failure = this.cause = -1; }

  toMoment(at) {
    this.timeline.lookAt(at, SECOND);
    this.timeline.select(null, at);
  }

  // The first failure, and from there the next one each time; with the history of its index.
  toFailure() {
    const { failures } = this.timeline.run;
    if (!failures.length) {
      this.timeline.say("There is no failure in this run.");
      return;
    }
    this.failure = (this.failure + 1) % failures.length;
    this.timeline.showBefore(failures[this.failure].at);
    this.timeline.select({ type: "failure", id: this.failure });
  }

  // The cause first, and from there to the next, or the one before, of what led to the failure.
  alongCauses(direction) {
    const { causes, cause } = this.timeline.run;
    if (!causes.length) {
      this.timeline.say("Nothing is known of what led to a failure.");
      return;
    }
    const next = this.cause + direction + causes.length;
    this.toCause(this.cause < 0 ? Math.max(0, cause) : next % causes.length);
  }

  // So near that those around it can be told apart.
  toCause(id) {
    this.cause = id;
    const { causes } = this.timeline.run;
    const { at } = causes[id];
    const others = causes.filter((_, other) => other !== id);
    const around = others.map((cause) => Math.abs(cause.at - at)).filter((apart) => apart < NEIGHBOURS_WITHIN);
    const wanted = around.length ? Math.max(...around) * 4 || CAUSE_SPAN_ALONE : CAUSE_SPAN_MOST;
    const span = Math.min(CAUSE_SPAN_MOST, Math.max(CAUSE_SPAN_LEAST, wanted));
    this.timeline.view.show(at - span * CAUSE_PART_BEFORE, at + span * (1 - CAUSE_PART_BEFORE));
    this.timeline.select({ type: "cause", id });
  }

  toElection(direction) {
    const { run: { elections }, selection, view } = this.timeline;
    const from = selection?.at ?? (direction > 0 ? view.start : view.end);
    const after = firstWhere(elections.length, (id) => elections[id].at > from);
    const before = firstWhere(elections.length, (id) => elections[id].at >= from) - 1;
    const election = elections[direction > 0 ? after : before];
    if (!election) {
      this.timeline.say(direction > 0 ? "No later election." : "No earlier election.");
      return;
    }
    this.timeline.lookAt(election.at, 0.4 * SECOND);
    this.timeline.select({ type: "band", server: election.server, id: election.id });
  }

  // To the next or previous event of those shown.
  step(direction) {
    const { timeline } = this;
    this.moments ??= allMoments(timeline.run, timeline.picture.logs);
    const { moments } = this;
    const from = timeline.selection?.at ?? (direction > 0 ? timeline.view.start : timeline.view.end);
    // Several events may have one time: the place of the selected one tells them apart.
    let place = timeline.selection?.place;
    place = place !== undefined ? place + direction
      : direction > 0 ? firstWhere(moments.length, (id) => moments[id].at > from)
        : firstWhere(moments.length, (id) => moments[id].at >= from) - 1;
    while (moments[place] && !timeline.filter.showsItem(moments[place].item)) place += direction;
    if (!moments[place]) {
      timeline.say(direction > 0 ? "No later event." : "No earlier event.");
      return;
    }
    timeline.select(moments[place].item, moments[place].at);
    timeline.selection.place = place;
  }
}
