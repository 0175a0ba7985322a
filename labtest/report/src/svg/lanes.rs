//! Lanes: faults, bands, logs, and what clients do.

use super::super::run::{Band, Fault, Gap, Standing};
use super::{CLIENT_ROW, HUES, LANE, LEFT, LOG, Picture, RIGHT, ROLE};
use labtrace::trace::{Looks, Role};
use std::collections::BTreeSet;

/// The colour of what nothing gets through.
pub(super) const WALL: &str = "#30363d";

impl<'a> Picture<'a> {
    pub(super) fn visible_faults(&self) -> impl Iterator<Item = &'a Fault> + use<'a> {
        let (start, end) = (self.scale.start, self.scale.end);
        self.run.faults.iter().filter(move |fault| fault.start <= end && fault.end >= start)
    }

    fn edges(&self, fault: &Fault) -> (f64, f64) {
        let x0 = self.scale.x_near(fault.start);
        // One that lasts no time is still seen.
        (x0, self.scale.x_near(fault.end).max(x0 + 3.0))
    }

    /// The looks of what is seen, each once.
    pub(super) fn visible_looks(&self) -> BTreeSet<Looks> {
        self.visible_faults().map(|fault| fault.looks).collect()
    }

    pub(super) fn fault_grounds(&mut self) {
        // A crash covers the band instead.
        for fault in self.visible_faults().filter(|fault| fault.looks != Looks::Crash) {
            let (x0, x1) = self.edges(fault);
            for server in fault.lanes() {
                let place = (x0, self.scale.lane(server));
                self.pen.rect(place, (x1 - x0, LANE), &ground(fault.looks));
            }
        }
        for fault in self.visible_faults() {
            let (x0, x1) = self.edges(fault);
            for gap in fault.gaps(self.run.header.servers) {
                let y = self.scale.lane(gap.above() + 1);
                match gap {
                    Gap::Wall(_) => self.pen.rect((x0, y - 1.5), (x1 - x0, 3.0), WALL),
                    Gap::Fence(_) => self.pen.path("fence", &format!("M{x0:.1} {y:.1}H{x1:.1}")),
                }
            }
        }
    }

    pub(super) fn fault_labels(&mut self) {
        let mut taken = vec![LEFT; self.run.header.servers];
        for fault in self.visible_faults().filter(|fault| fault.looks != Looks::Crash) {
            let (x0, x1) = self.edges(fault);
            let label = fault.label();
            let width = label.chars().count() as f64 * 7.2 + 10.0;
            let lanes = fault.lanes();
            for &server in &lanes {
                let x = x0.max(taken[server]);
                // Neighbours with the same fault are labelled only once.
                let told = server > 0 && lanes.contains(&(server - 1));
                if told || x + width > x1 + 30.0 {
                    continue;
                }
                let y = self.scale.lane(server) + 4.0;
                self.pen.rect((x, y), (width, 16.0), WALL);
                self.pen.text(x + 5.0, y + 8.0, "small strong light", &label);
                taken[server] = x + width + 3.0;
            }
        }
    }

    pub(super) fn server(&mut self, server: usize) {
        let run = self.run;
        let top = self.scale.band_top(server);
        for band in &run.servers[server].bands {
            if self.scale.sees(band.start, band.end) {
                self.band(band, top);
            }
        }
        if self.scale.log > 0.0 {
            self.log_strip(server, top + ROLE);
        }
        for crash in self.visible_faults().filter(|fault| fault.looks == Looks::Crash) {
            if crash.servers.contains(&server) {
                let (x0, x1) = self.edges(crash);
                self.pen.rect((x0, top), (x1 - x0, ROLE + self.scale.log), "#3a4048");
                if x1 - x0.max(LEFT) > 64.0 {
                    let y = top + (ROLE + self.scale.log) / 2.0;
                    self.pen.text(x0.max(LEFT) + 7.0, y, "strong light", "crashed");
                }
            }
        }
    }

    fn band(&mut self, band: &Band, top: f64) {
        let (x0, x1) = (self.scale.x_near(band.start), self.scale.x_near(band.end));
        let hue = hue(band.term);
        let (solid, tint) = HUES[hue];
        let width = (x1 - x0).max(1.0);
        // Messages pass under a band.
        self.pen.rect((x0, top), (width, ROLE + self.scale.log), "#fff");
        let (fill, class) = match band.standing {
            Standing::Is(Role::Leader) => (solid.to_owned(), "strong light"),
            Standing::Is(Role::Candidate) => (format!("url(#stripes{hue})"), "strong"),
            Standing::Is(Role::PreCandidate) => (format!("url(#dots{hue})"), "strong"),
            _ => (tint.to_owned(), "strong"),
        };
        self.pen.rect((x0, top), (width, ROLE), &fill);
        if width > 3.0 {
            self.pen.rect((x0, top), (1.0, ROLE), "#fff");
        }
        let x = x0.max(LEFT) + 7.0;
        let room = (x1.min(RIGHT) - x - 4.0) / 7.6;
        let Some(text) =
            role_texts(band).into_iter().find(|text| text.chars().count() as f64 <= room)
        else {
            return;
        };
        if matches!(band.standing, Standing::Is(Role::Candidate | Role::PreCandidate)) {
            let width = text.chars().count() as f64 * 7.6 + 6.0;
            self.pen.rect((x - 4.0, top + 3.0), (width, ROLE - 6.0), tint);
        }
        self.pen.text(x, top + ROLE / 2.0, class, &text);
    }

    /// How far the log is committed and where it ends, at each change that has room for it.
    fn log_strip(&mut self, server: usize, top: f64) {
        let run = self.run;
        let history = &run.servers[server];
        let mut levels: Vec<(u64, String)> = Vec::new();
        for state in &history.states {
            let Some(shown) = &state.shown else { continue };
            levels.push((state.at, level_text(shown.commit_index, shown.last_index)));
        }
        if levels.is_empty() {
            levels = history.applies.iter().map(|a| (a.at, a.index.to_string())).collect();
        }
        levels.dedup_by(|later, earlier| later.1 == earlier.1);
        for (place, (at, text)) in levels.iter().enumerate() {
            let end = levels.get(place + 1).map_or(run.end_at, |(next, _)| *next);
            if !self.scale.sees(*at, end) || text == "0" {
                continue;
            }
            let (x0, x1) = (self.scale.x_near(*at).max(LEFT), self.scale.x_near(end));
            if self.scale.x(*at) > LEFT && x1 - x0 > 2.0 {
                self.pen.rect((x0, top + 2.0), (1.0, LOG - 4.0), "#5c646e");
            }
            if text.chars().count() as f64 * 6.8 + 6.0 <= x1 - x0 {
                self.pen.text(x0 + 4.0, top + LOG / 2.0, "small strong", text);
            }
        }
        let until = self.scale.x_near(run.end_at);
        self.pen.rect((LEFT, top + LOG - 1.0), (until - LEFT, 1.0), "#c9cac6");
        let scale = self.scale;
        for apply in history.applies.iter().filter(|apply| scale.sees(apply.at, apply.at)) {
            let x = scale.x(apply.at);
            self.pen.rect((x - 1.0, top + LOG - 5.0), (2.0, 5.0), "#1b1f24");
        }
        for (at, _) in history.snapshots.iter().filter(|(at, _)| scale.sees(*at, *at)) {
            self.pen.rect((scale.x(*at) - 3.0, top + 2.0), (6.0, 6.0), "#00756a");
        }
    }

    /// The clients that do something in this second, a row for each.
    pub(super) fn client_rows(&self) -> Vec<u64> {
        let mut rows: Vec<u64> = self
            .run
            .operations
            .iter()
            .filter(|operation| self.scale.sees(operation.start, operation.end))
            .map(|operation| operation.client)
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    pub(super) fn operations(&mut self, top: f64, rows: &[u64]) {
        let run = self.run;
        // They are in the order of their begins, so these are too.
        let mut starts: Vec<Vec<u64>> = vec![Vec::new(); rows.len()];
        for operation in &run.operations {
            if let Ok(row) = rows.binary_search(&operation.client) {
                starts[row].push(operation.start);
            }
        }
        for operation in &run.operations {
            let Ok(row) = rows.binary_search(&operation.client) else { continue };
            if !self.scale.sees(operation.start, operation.end) {
                continue;
            }
            let y = top + 8.0 + row as f64 * CLIENT_ROW;
            let (x0, x1) = (self.scale.x_near(operation.start), self.scale.x_near(operation.end));
            let outcome = operation.outcome.as_deref();
            let (dark, pale) = match outcome {
                Some("ok") => ("#2c7a3f", "#d9e8dc"),
                Some("failed") => ("#c4162a", "#f5d5d8"),
                _ => ("#5c646e", "#e1e3e4"),
            };
            self.pen.rect((x0, y), ((x1 - x0).max(3.0), CLIENT_ROW - 3.0), pale);
            self.pen.rect((x0, y), (3.0, CLIENT_ROW - 3.0), dark);
            let text = format!("{} · {}", operation.text, outcome.unwrap_or("no answer"));
            let x = x0.max(LEFT) + 7.0;
            // A client that does several things at once draws the next one over this one.
            let later = &starts[row][starts[row].partition_point(|at| *at <= operation.start)..];
            let until = later.first().map_or(RIGHT, |next| self.scale.x_near(*next)).min(x1);
            let room = ((until.min(RIGHT) - x - 4.0) / 6.8).max(0.0) as usize;
            if text.chars().count() <= room {
                self.pen.text(x, y + CLIENT_ROW / 2.0 - 1.5, "small", &text);
            }
        }
    }

    pub(super) fn names(&mut self, clients_top: f64, rows: &[u64]) {
        for server in 0..self.run.header.servers {
            let top = self.scale.band_top(server);
            self.pen.text(LEFT - 10.0, top + ROLE / 2.0, "strong end", &format!("server {server}"));
            if self.scale.log > 0.0 {
                let caption = if self.shows_logs { "log" } else { "applied" };
                self.pen.text(LEFT - 10.0, top + ROLE + LOG / 2.0, "small dim end", caption);
            }
        }
        for (row, client) in rows.iter().enumerate() {
            let y = clients_top + 8.0 + row as f64 * CLIENT_ROW + CLIENT_ROW / 2.0 - 1.5;
            self.pen.text(LEFT - 10.0, y, "small dim end", &format!("client {client}"));
        }
    }
}

/// How the ground of a fault is filled.
pub(super) fn ground(looks: Looks) -> String {
    match looks {
        Looks::Crash => "#3a4048".to_owned(),
        looks => format!("url(#{})", looks.name()),
    }
}

fn hue(term: u64) -> usize {
    let Some(before) = term.checked_sub(1) else { return 0 };
    // Less than the number of hues.
    (before % (HUES.len() as u64 - 1)) as usize + 1
}

/// The texts for a band, the longest first.
fn role_texts(band: &Band) -> Vec<String> {
    let term = band.term;
    let role = match band.standing {
        Standing::Is(Role::Leader) => "leader",
        Standing::Is(Role::Candidate) => "candidate",
        Standing::Is(Role::PreCandidate) => "pre-candidate",
        Standing::Is(Role::Follower) => "follower",
        Standing::NotLeader => return vec![format!("term {term}"), term.to_string()],
    };
    vec![
        format!("{role} · term {term}"),
        format!("{role} {term}"),
        format!("term {term}"),
        term.to_string(),
    ]
}

fn level_text(commit: u64, last: u64) -> String {
    if last > commit { format!("{commit}/{last}") } else { commit.to_string() }
}
