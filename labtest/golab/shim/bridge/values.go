package bridge

import (
	"fmt"
	"reflect"
	"sort"
	"sync"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// What crosses the network is what encoding/gob would carry: exported fields alone, and into a reply only what is
// not zero. Values go from goroutine to goroutine as copies, which share nothing with what they were made from.

// plan is what is known of a struct.
type plan struct {
	fields []field
	// Whether all fields are sent, and are numbers, texts or interfaces: then it is copied as it is, but for what
	// the interfaces at these offsets hold.
	isFlat     bool
	interfaces []uintptr
	// The first field that is not sent, if there is one.
	unsent string
	warned bool
}

type field struct {
	at   int
	name string
}

// A mutex of its own: lines are written while plans are looked up.
var (
	plansMu sync.Mutex
	plans   = map[reflect.Type]*plan{}
)

func planOf(kind reflect.Type) *plan {
	plansMu.Lock()
	defer plansMu.Unlock()
	return planLocked(kind)
}

func planLocked(kind reflect.Type) *plan {
	known := plans[kind]
	if known != nil {
		return known
	}
	known = &plan{isFlat: true}
	for at := 0; at < kind.NumField(); at++ {
		f := kind.Field(at)
		if f.IsExported() {
			known.fields = append(known.fields, field{at, lowered(f.Name)})
		} else if known.unsent == "" {
			known.unsent = f.Name
		}
		switch {
		case f.Type.Kind() == reflect.Interface && f.Type.NumMethod() == 0:
			known.interfaces = append(known.interfaces, f.Offset)
		case !isPlain(f.Type.Kind()):
			known.isFlat = false
		}
	}
	known.isFlat = known.isFlat && known.unsent == ""
	plans[kind] = known
	return known
}

// lowered writes CandidateId as candidateId, and LeaderID as leaderId.
func lowered(name string) string {
	if len(name) > 2 && name[len(name)-2:] == "ID" {
		name = name[:len(name)-1] + "d"
	}
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(first)) + name[size:]
}

// warn tells once of each type that it has fields which are not sent.
func (l *Life) warn(kind reflect.Type) {
	plansMu.Lock()
	texts := warnings(kind, nil)
	plansMu.Unlock()
	for _, text := range texts {
		l.Note(text)
	}
}

func warnings(kind reflect.Type, texts []string) []string {
	if kind.Kind() != reflect.Struct {
		return texts
	}
	known := planLocked(kind)
	if known.warned {
		return texts
	}
	known.warned = true
	if known.unsent != "" {
		texts = append(texts, fmt.Sprintf("the field %s of %s begins with a small letter and is not sent", known.unsent, kind))
	}
	for _, f := range known.fields {
		inner := indirect(kind.Field(f.at).Type)
		if inner.Kind() == reflect.Slice {
			inner = indirect(inner.Elem())
		}
		texts = warnings(inner, texts)
	}
	return texts
}

func indirect(kind reflect.Type) reflect.Type {
	if kind.Kind() == reflect.Pointer {
		return kind.Elem()
	}
	return kind
}

// clone copies a value.
func clone(value reflect.Value) reflect.Value {
	made := reflect.New(value.Type()).Elem()
	assign(made, value)
	return made
}

// assign copies into a value of a type that has fields of these names. What is zero leaves it as it is.
func assign(to, from reflect.Value) {
	switch from.Kind() {
	case reflect.Struct:
		assignStruct(to, from)
	case reflect.Slice:
		if from.Len() == 0 {
			return
		}
		made := reflect.MakeSlice(to.Type(), from.Len(), from.Len())
		if to.Type() != from.Type() || !copyFlat(made, from) {
			for at := 0; at < from.Len(); at++ {
				assign(made.Index(at), from.Index(at))
			}
		}
		to.Set(made)
	case reflect.Array:
		for at := 0; at < from.Len(); at++ {
			assign(to.Index(at), from.Index(at))
		}
	case reflect.Map:
		assignMap(to, from)
	case reflect.Pointer:
		if !from.IsNil() {
			if to.Kind() != reflect.Pointer {
				assign(to, from.Elem())
				return
			}
			if to.IsNil() {
				to.Set(reflect.New(to.Type().Elem()))
			}
			assign(to.Elem(), from.Elem())
		}
	case reflect.Interface:
		if !from.IsNil() {
			to.Set(clone(from.Elem()))
		}
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		// gob leaves them out.
	default:
		if !from.IsZero() {
			to.Set(from.Convert(to.Type()))
		}
	}
}

// copyFlat copies a slice in one piece, if its elements allow that. Texts never change.
func copyFlat(to, from reflect.Value) bool {
	kind := from.Type().Elem()
	if isPlain(kind.Kind()) {
		reflect.Copy(to, from)
		return true
	}
	if kind.Kind() != reflect.Struct {
		return false
	}
	known := planOf(kind)
	if !known.isFlat {
		return false
	}
	reflect.Copy(to, from)
	size, begin := kind.Size(), to.UnsafePointer()
	for at := 0; at < to.Len(); at++ {
		for _, offset := range known.interfaces {
			held := (*any)(unsafe.Add(begin, uintptr(at)*size+offset))
			if _, isText := (*held).(string); !isText && *held != nil {
				*held = clone(reflect.ValueOf(*held)).Interface()
			}
		}
	}
	return true
}

func assignStruct(to, from reflect.Value) {
	kind := from.Type()
	for _, f := range planOf(kind).fields {
		into := to
		if to.Type() == kind {
			into = to.Field(f.at)
		} else if into = to.FieldByName(kind.Field(f.at).Name); !into.IsValid() {
			continue
		}
		assign(into, from.Field(f.at))
	}
}

func assignMap(to, from reflect.Value) {
	if from.Len() == 0 {
		return
	}
	if to.IsNil() {
		to.Set(reflect.MakeMap(to.Type()))
	}
	for _, key := range sortedKeys(from) {
		to.SetMapIndex(clone(key), clone(from.MapIndex(key)))
	}
}

func sortedKeys(value reflect.Value) []reflect.Value {
	keys := value.MapKeys()
	texts := make(map[reflect.Value]string, len(keys))
	for _, key := range keys {
		texts[key] = fmt.Sprint(key.Interface())
	}
	sort.Slice(keys, func(a, b int) bool { return texts[keys[a]] < texts[keys[b]] })
	return keys
}

func isPlain(kind reflect.Kind) bool {
	return kind >= reflect.Bool && kind <= reflect.Complex128 || kind == reflect.String
}

func sorted(texts []string) []string {
	sort.Strings(texts)
	return texts
}
