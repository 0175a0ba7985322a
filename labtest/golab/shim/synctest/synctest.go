package synctest

import (
	"internal/synctest"
	_ "unsafe" // for go:linkname
)

// LabRun runs f in a new bubble.
func LabRun(f func()) { synctest.Run(f) }

// LabSeed seeds all that is drawn in the bubble.
//
//go:linkname LabSeed
func LabSeed(seed uint64)

// LabNow is the time since the bubble began, in nanoseconds.
//
//go:linkname LabNow
func LabNow() int64

// LabHeap is about how many bytes the heap has.
//
//go:linkname LabHeap
func LabHeap() uint64

// LabNextTimer is when the next timer is due at the earliest, in nanoseconds since the bubble began; 0 for never.
//
//go:linkname LabNextTimer
func LabNextTimer() int64
