package gob

import (
	"internal/race"
	"reflect"
	"sync/atomic"
	"unsafe"
)

// A Raft that encodes its whole log at each change encodes the same entries again and again. What entries came to is
// kept, so that of a log that begins as an earlier one only the rest is encoded: the bytes are the same.
//
// Entries are structs of numbers, texts, and interfaces that hold texts, as commands do. Two of them that are alike in
// memory are encoded alike, since texts never change.

const (
	// Fewer entries are encoded as ever.
	labEntriesMin = 8
	// How many logs of a type are kept: one for each server, and those that were cut.
	labLogsMax = 16
)

// labMemory has the logs of one type of entries.
type labMemory struct {
	kind   reflect.Type
	fields []labField
	busy   atomic.Bool
	// The one that was encoded last is first.
	logs []*labLog
}

type labField struct {
	kind   reflect.Kind
	size   uintptr
	offset uintptr
	number int
}

// labLog is a log as it was encoded. Its copy keeps what entries point to, so that nothing else can be there.
type labLog struct {
	entries reflect.Value
	// Where each entry ends.
	ends  []int
	bytes []byte
}

// labMemoryOf is for slices of a type, or nil if their elements are something else.
func labMemoryOf(kind reflect.Type) *labMemory {
	// What is shared would hide races from the detector.
	if race.Enabled || kind.Kind() != reflect.Struct || userType(kind).externalEnc != 0 {
		return nil
	}
	m := &labMemory{kind: reflect.SliceOf(kind)}
	for at := 0; at < kind.NumField(); at++ {
		f := kind.Field(at)
		if !isSent(&f) {
			continue
		}
		if !labIsPlain(f.Type) {
			return nil
		}
		m.fields = append(m.fields, labField{f.Type.Kind(), f.Type.Size(), f.Offset, len(m.fields)})
	}
	return m
}

func labIsPlain(kind reflect.Type) bool {
	if userType(kind).externalEnc != 0 {
		return false
	}
	switch k := kind.Kind(); k {
	case reflect.String:
		return true
	case reflect.Interface:
		return kind.NumMethod() == 0
	default:
		return k >= reflect.Bool && k <= reflect.Uintptr
	}
}

// encode writes a slice as encodeArray does, or returns false.
func (m *labMemory) encode(b *encBuffer, slice reflect.Value) bool {
	if m == nil || slice.Len() < labEntriesMin || !m.busy.CompareAndSwap(false, true) {
		return false
	}
	defer m.busy.Store(false)
	length := slice.Len()
	log, kept := m.closest(slice)
	if !log.update(m, slice, kept) {
		m.logs = m.logs[1:]
		return false
	}
	b.data = labAppendUint(b.data, uint64(length))
	b.data = append(b.data, log.bytes...)
	return true
}

// closest is the log that begins as the slice does, and how many entries they have in common. It is put first.
func (m *labMemory) closest(slice reflect.Value) (*labLog, int) {
	place, kept := -1, 0
	for at, log := range m.logs {
		if common := log.common(slice); common > kept {
			place, kept = at, common
		}
	}
	var log *labLog
	if place >= 0 && 2*kept >= min(slice.Len(), len(m.logs[place].ends)) {
		log = m.logs[place]
	} else {
		log, kept = &labLog{entries: reflect.MakeSlice(m.kind, 0, slice.Len())}, 0
		if place = len(m.logs); place == labLogsMax {
			place--
		} else {
			m.logs = append(m.logs, nil)
		}
	}
	copy(m.logs[1:place+1], m.logs[:place])
	m.logs[0] = log
	return log, kept
}

// common is how many entries are the same from the beginning.
func (l *labLog) common(slice reflect.Value) int {
	const piece = 1 << 10
	size := int(slice.Type().Elem().Size())
	bytes := min(len(l.ends), slice.Len()) * size
	if bytes == 0 {
		return 0
	}
	one := unsafe.Slice((*byte)(l.entries.UnsafePointer()), bytes)
	other := unsafe.Slice((*byte)(slice.UnsafePointer()), bytes)
	at := 0
	for at+piece <= bytes && string(one[at:at+piece]) == string(other[at:at+piece]) {
		at += piece
	}
	at -= at % size
	for at < bytes && string(one[at:at+size]) == string(other[at:at+size]) {
		at += size
	}
	return at / size
}

// update makes it the log of a slice, whose first entries it has. False when something is not as it should be.
func (l *labLog) update(m *labMemory, slice reflect.Value, kept int) bool {
	length, size := slice.Len(), slice.Type().Elem().Size()
	l.ends = l.ends[:kept]
	if kept == 0 {
		l.bytes = l.bytes[:0]
	} else {
		l.bytes = l.bytes[:l.ends[kept-1]]
	}
	base := slice.UnsafePointer()
	for at := kept; at < length; at++ {
		if !l.add(m, unsafe.Add(base, uintptr(at)*size)) {
			return false
		}
	}
	if l.entries.Cap() < length {
		grown := reflect.MakeSlice(m.kind, length, 2*length)
		reflect.Copy(grown, l.entries.Slice(0, kept))
		l.entries = grown
	}
	l.entries = l.entries.Slice(0, length)
	reflect.Copy(l.entries.Slice(kept, length), slice.Slice(kept, length))
	return true
}

// add encodes an entry as encodeStruct does.
func (l *labLog) add(m *labMemory, entry unsafe.Pointer) bool {
	out, last := l.bytes, -1
	for at := range m.fields {
		f := &m.fields[at]
		begun := len(out)
		out = append(out, byte(f.number-last))
		place := unsafe.Add(entry, f.offset)
		isSent := true
		switch f.kind {
		case reflect.Interface:
			switch command := (*(*any)(place)).(type) {
			case nil:
				isSent = false
			case string:
				out = labAppendCommand(out, command)
			default:
				return false
			}
		case reflect.String:
			text := *(*string)(place)
			isSent = text != ""
			out = append(labAppendUint(out, uint64(len(text))), text...)
		default:
			number := labNumber(place, f)
			isSent = number != 0
			out = labAppendUint(out, number)
		}
		if isSent {
			last = f.number
		} else {
			out = out[:begun]
		}
	}
	l.bytes = append(out, 0)
	l.ends = append(l.ends, len(l.bytes))
	return true
}

// labNumber is what stands for a number or a bool.
func labNumber(place unsafe.Pointer, f *labField) uint64 {
	if f.kind >= reflect.Int && f.kind <= reflect.Int64 {
		var number int64
		switch f.size {
		case 1:
			number = int64(*(*int8)(place))
		case 2:
			number = int64(*(*int16)(place))
		case 4:
			number = int64(*(*int32)(place))
		default:
			number = *(*int64)(place)
		}
		return uint64(number<<1) ^ uint64(number>>63)
	}
	switch f.size {
	case 1:
		return uint64(*(*uint8)(place))
	case 2:
		return uint64(*(*uint16)(place))
	case 4:
		return uint64(*(*uint32)(place))
	default:
		return *(*uint64)(place)
	}
}

// labAppendCommand writes a text as encodeInterface does: the name of its type, its number, and a message.
func labAppendCommand(out []byte, command string) []byte {
	length := uint64(len(command))
	out = append(out, "\x06string"...)
	out = append(out, byte(tString)<<1)
	digits := uint64(1)
	for rest := length; length > 0x7f && rest > 0; rest >>= 8 {
		digits++
	}
	out = labAppendUint(out, 1+digits+length)
	out = append(out, 0)
	return append(labAppendUint(out, length), command...)
}

// labAppendUint writes a number as encodeUint does.
func labAppendUint(out []byte, number uint64) []byte {
	if number <= 0x7f {
		return append(out, byte(number))
	}
	count := 8
	for number>>(8*(count-1)) == 0 {
		count--
	}
	out = append(out, byte(-count))
	for ; count > 0; count-- {
		out = append(out, byte(number>>(8*(count-1))))
	}
	return out
}
