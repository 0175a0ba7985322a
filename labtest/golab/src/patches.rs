//! What in Go's runtime and library would differ between two runs of a seed, and what stands there instead.
//!
//! Texts, and no whole files: those are Go's, and of each version. A text that is not there exactly as often as it
//! should be is an error, not a guess.

use anyhow::ensure;

/// A text in a file below Go's `src`, and another in its place.
pub(crate) struct Patch {
    pub(crate) file: &'static str,
    from: &'static str,
    to: &'static str,
}

/// Map iteration, hashes, `math/rand` and what else draws from the runtime's generator.
const DRAWS: Patch = Patch {
    file: "runtime/rand.go",
    from: "func rand() uint64 {\n",
    to: "func rand() uint64 {\n\tif getg().bubble != nil {\n\t\treturn labNext()\n\t}\n",
};

/// What is drawn before the bubble is there.
const FIRST_SEED: Patch = Patch {
    file: "runtime/rand.go",
    from: "\tif len(startupRand) >= 16 &&\n",
    to: "\tif true {\n\t\tfor i := range seed {\n\t\t\tseed[i] = byte(i)\n\t\t}\n\t} else if len(startupRand) >= 16 &&\n",
};

/// Which of the ready cases of a `select` goes on.
const SELECT: Patch = Patch {
    file: "runtime/select.go",
    from: "\t\tj := cheaprandn(uint32(norder + 1))\n",
    to: "\t\tj := labRandn(uint32(norder + 1))\n",
};

/// Which of the timers that are due at one moment is first.
const TIMERS: Patch = Patch {
    file: "runtime/time.go",
    from: "\t\t\tt.rand = cheaprand()\n",
    to: "\t\t\tt.rand = uint32(labNext() >> 32)\n",
};

/// No time is told twice.
const TIMES: Patch = Patch {
    file: "runtime/time.go",
    from: "\t\tsec = bubble.now / (1000 * 1000 * 1000)\n\t\tnsec = int32(bubble.now % (1000 * 1000 * 1000))\n",
    to: "\t\tnow := labTime(bubble.now)\n\t\tsec = now / (1000 * 1000 * 1000)\n\t\tnsec = int32(now % (1000 * 1000 * 1000))\n",
};

/// Goroutines are interrupted, and overtaken while they are in the system, when real time has passed.
const INTERRUPTS: Patch = Patch {
    file: "runtime/proc.go",
    from: "func retake(now int64) uint32 {\n",
    to: "func retake(now int64) uint32 {\n\tif labState != 0 {\n\t\treturn 0\n\t}\n",
};

/// Builds with the race detector shuffle what is ready.
const SHUFFLE: Patch = Patch {
    file: "runtime/proc.go",
    from: "const randomizeScheduler = raceenabled\n",
    to: "const randomizeScheduler = false\n",
};

/// Mutexes are given on in another order when somebody has waited for a millisecond of real time.
const STARVATION: Patch = Patch {
    file: "internal/sync/mutex.go",
    from: "\tstarvationThresholdNs = 1e6\n",
    to: "\tstarvationThresholdNs = 1e18\n",
};

/// A log that is encoded again is written from what it came to before, as far as it is the same.
const LOG_KEPT: Patch = Patch {
    file: "encoding/gob/encode.go",
    from: "\t\t\thelper := encSliceHelper[t.Elem().Kind()]\n",
    to: "\t\t\thelper, memory := encSliceHelper[t.Elem().Kind()], labMemoryOf(t.Elem())\n",
};

const LOG_WRITTEN: Patch = Patch {
    file: "encoding/gob/encode.go",
    from: "\t\t\t\tstate.enc.encodeArray(state.b, slice, *elemOp, elemIndir, slice.Len(), helper)\n",
    to: "\t\t\t\tif !memory.encode(state.b, slice) {\n\t\t\t\t\tstate.enc.encodeArray(state.b, slice, *elemOp, elemIndir, slice.Len(), helper)\n\t\t\t\t}\n",
};

const ALL: &[Patch] = &[
    DRAWS,
    FIRST_SEED,
    SELECT,
    TIMERS,
    TIMES,
    INTERRUPTS,
    SHUFFLE,
    STARVATION,
    LOG_KEPT,
    LOG_WRITTEN,
];

/// The versions of Go that the patches are known to fit.
pub(crate) const VERSIONS: [&str; 6] =
    ["go1.25.5", "go1.26.6", "go1.27.0", "go1.27.1", "go1.27.2", "go1.27.3"];

/// The patches of a version, if it is known.
pub(crate) fn of(version: &str) -> Option<&'static [Patch]> {
    // `go version` of a build with experiments says more after a space.
    let version = version.split(' ').next().unwrap_or(version);
    VERSIONS.contains(&version).then_some(ALL)
}

impl Patch {
    /// A file's text with this patch.
    ///
    /// # Errors
    /// When what is to be replaced is not there exactly once.
    pub(crate) fn apply(&self, text: &str) -> anyhow::Result<String> {
        let found = text.matches(self.from).count();
        ensure!(
            found == 1,
            "`{}` of this Go is another than expected: `{}` is there {found} times, expected once",
            self.file,
            self.from.trim()
        );
        Ok(text.replacen(self.from, self.to, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_fits_once_or_not_at_all() {
        assert!(SHUFFLE.apply(SHUFFLE.from).unwrap().contains("= false"));
        let told = SHUFFLE.apply("").unwrap_err().to_string();
        assert!(told.contains("`runtime/proc.go` of this Go is another than expected"), "{told}");
        assert!(SHUFFLE.apply(&SHUFFLE.from.repeat(2)).is_err());
    }

    #[test]
    fn versions_are_known_by_their_names() {
        assert!(of("go1.27.3").is_some());
        assert!(of("go1.27.3 X:nocoverageredesign").is_some());
        assert!(of("go1.21.0").is_none());
    }
}
