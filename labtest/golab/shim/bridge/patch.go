package bridge

import "encoding/binary"

// A Raft that saves its whole log with each entry changes little of it: what is told is the bytes that are others at
// their places, and how long the whole is.

// How many bytes that are alike end a piece that is not.
const alikeBetweenPieces = 16

// appendState writes a state, whole or as what is new in it.
func appendState(out []byte, before, now []byte) []byte {
	places, changed := pieces(before, now)
	if len(before) == 0 || len(changed)*2 > len(now) {
		return appendBytes(out, "state", now)
	}
	out = appendBytes(out, "state", changed)
	out = appendNumber(append(out, `,"size":`...), int64(len(now)))
	out = append(out, `,"places":[`...)
	for at, number := range places {
		if at > 0 {
			out = append(out, ',')
		}
		out = appendNumber(out, int64(number))
	}
	return append(out, ']')
}

// pieces finds what differs: where each piece begins and how long it is, and the new bytes of all.
func pieces(before, now []byte) (places []int, changed []byte) {
	both := min(len(before), len(now))
	add := func(from, to int) {
		if from < to {
			places = append(places, from, to-from)
			changed = append(changed, now[from:to]...)
		}
	}
	const block = 1 << 8
	for at := 0; at < both; {
		if at+block <= both && string(before[at:at+block]) == string(now[at:at+block]) {
			at += block
			continue
		}
		if at+8 <= both && binary.LittleEndian.Uint64(before[at:]) == binary.LittleEndian.Uint64(now[at:]) {
			at += 8
			continue
		}
		if before[at] == now[at] {
			at++
			continue
		}
		from, last := at, at
		for at = at + 1; at < both && at-last <= alikeBetweenPieces; at++ {
			if before[at] != now[at] {
				last = at
			}
		}
		add(from, last+1)
	}
	add(both, len(now))
	return places, changed
}
