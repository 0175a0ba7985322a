//! What servers say that they have, against what they have.

use super::fact::{Wrong, ends_at};
use super::known::Append;
use super::{CauseKind, Causes};
use crate::api::vocabulary::Position;

impl Causes {
    /// A server says that its log is its leader's up to `last`; `append`: what it was sent.
    pub(super) fn acknowledges(
        &mut self,
        at: u64,
        server: usize,
        term: u64,
        last: Position,
        append: Option<&Append>,
    ) {
        let known = &mut self.servers[server];
        known.acknowledged.add(term, last.index);
        let Some(disk) = &known.disk else { return };
        let on_disk = match last.term {
            0 => last.index <= disk.log.last().index,
            _ => disk.log.has(last),
        };
        if disk.term > term || (disk.term == term && on_disk) {
            return;
        }
        let memory = &known.log;
        let in_memory = known.inside.is_some() && memory.has(last);
        let contradicts = |append: &Append| {
            let indices = append.prev.index.max(1)..=append.last().index;
            let mut indices = indices.filter(|index| *index > disk.log.snapshot().index);
            indices.find(|index| {
                let own = disk.log.term_at(*index);
                own.is_some() && own != append.term_at(*index)
            })
        };
        let conflict = append.filter(|_| !in_memory).and_then(|it| Some((it, contradicts(it)?)));
        let holds = ends_at(disk.log.last());
        let (kind, text, from) = match conflict {
            Some((append, index)) => {
                let (own, theirs) = (disk.log.term_at(index), append.term_at(index));
                let (own, theirs) = (own.unwrap_or_default(), theirs.unwrap_or_default());
                let kind = match index == append.prev.index {
                    true => CauseKind::APPENDED_WITHOUT_MATCH,
                    false => CauseKind::KEPT_CONFLICT,
                };
                let text = format!(
                    "acknowledges all up to {last} in term {term}, but has {index} of term {own}, where \
                     it was sent one of term {theirs}"
                );
                (kind, text, index)
            }
            None => {
                let up_to = if last.term == 0 { last.index.to_string() } else { last.to_string() };
                let text = format!(
                    "acknowledges all up to {up_to} in term {term}, but its disk holds term {} and a log \
                     that {holds}",
                    disk.term
                );
                (CauseKind::TOLD_BEFORE_STORED, text, last.index.min(disk.log.last().index + 1))
            }
        };
        let wrong = Wrong::new(kind, text).in_term(term).at(from..=last.index.max(from));
        self.wrong(at, server, wrong);
    }
}
