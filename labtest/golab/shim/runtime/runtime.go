package runtime

import _ "unsafe" // for go:linkname

// What the cluster of the tester draws and asks of its bubble. One goroutine works at a time, so nothing is locked.

var labState uint64 = 1

// labClock is the last time that was told. Times are never told twice, as on a real clock: who seeds generators with
// them expects other numbers each time.
var labClock int64

// labNext is a number of the cluster's own generator (wyrand).
//
//go:nosplit
func labNext() uint64 {
	labState += 0xa0761d6478bd642f
	x, y := labState, labState^0xe7037ed1a0b428db
	hi, lo := labMul(x, y)
	return hi ^ lo
}

//go:nosplit
func labMul(x, y uint64) (uint64, uint64) {
	const half = 1<<32 - 1
	x0, x1, y0, y1 := x&half, x>>32, y&half, y>>32
	w0 := x0 * y0
	t := x1*y0 + w0>>32
	w1, w2 := t&half, t>>32
	w1 += x0 * y1
	return x1*y1 + w2 + w1>>32, x * y
}

//go:nosplit
func labRandn(n uint32) uint32 {
	if getg().bubble == nil {
		return cheaprandn(n)
	}
	return uint32((uint64(uint32(labNext()>>32)) * uint64(n)) >> 32)
}

// labTime is the time of a bubble, or a moment later.
func labTime(now int64) int64 {
	labClock = max(labClock+1, now)
	return labClock
}

//go:linkname labSeed testing/synctest.LabSeed
func labSeed(seed uint64) {
	labState = seed
	// Most goroutines would grow theirs once or twice.
	startingStackSize = 16 << 10
}

//go:linkname labNow testing/synctest.LabNow
func labNow() int64 {
	return getg().bubble.now - 946684800000000000
}

// labHeap is about how many bytes the heap has.
//
//go:linkname labHeap testing/synctest.LabHeap
func labHeap() uint64 {
	return gcController.heapLive.Load()
}

// labNextTimer is when the next timer of the bubble is due at the earliest, or 0.
//
//go:linkname labNextTimer testing/synctest.LabNextTimer
func labNextTimer() int64 {
	bubble := getg().bubble
	lock(&bubble.mu)
	next := bubble.timers.wakeTime()
	unlock(&bubble.mu)
	if next == 0 {
		return 0
	}
	return next - 946684800000000000
}
