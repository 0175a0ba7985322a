// Package labgob is encoding/gob that says so when something would be lost: fields whose names begin with a small
// letter, and values decoded over others.
package labgob

import (
	"encoding/gob"
	"fmt"
	"io"
	"os"
	"reflect"
	"sync"
)

// LabEncoder encodes values.
type LabEncoder struct{ gob *gob.Encoder }

// LabDecoder decodes values.
type LabDecoder struct{ gob *gob.Decoder }

// NewEncoder encodes into a writer.
func NewEncoder(w io.Writer) *LabEncoder { return &LabEncoder{gob.NewEncoder(w)} }

// NewDecoder decodes from a reader.
func NewDecoder(r io.Reader) *LabDecoder { return &LabDecoder{gob.NewDecoder(r)} }

// Encode writes a value.
func (enc *LabEncoder) Encode(e any) error {
	look(reflect.TypeOf(e))
	return enc.gob.Encode(e)
}

// EncodeValue writes a value.
func (enc *LabEncoder) EncodeValue(value reflect.Value) error {
	look(value.Type())
	return enc.gob.EncodeValue(value)
}

// Decode reads a value into what e points to.
func (dec *LabDecoder) Decode(e any) error {
	look(reflect.TypeOf(e))
	return dec.gob.Decode(e)
}

// Register makes a type known that is stored in interfaces.
func Register(value any) {
	look(reflect.TypeOf(value))
	gob.Register(value)
}

// RegisterName is the same under a name.
func RegisterName(name string, value any) {
	look(reflect.TypeOf(value))
	gob.RegisterName(name, value)
}

var (
	mu     sync.Mutex
	looked = map[reflect.Type]bool{}
)

// look tells of each type once whether something of it is not encoded.
func look(kind reflect.Type) {
	if kind == nil {
		return
	}
	mu.Lock()
	defer mu.Unlock()
	lookLocked(kind)
}

func lookLocked(kind reflect.Type) {
	if looked[kind] {
		return
	}
	looked[kind] = true
	switch kind.Kind() {
	case reflect.Struct:
		for at := 0; at < kind.NumField(); at++ {
			field := kind.Field(at)
			if !field.IsExported() {
				fmt.Fprintf(os.Stderr, "labgob: the field %s of %s begins with a small letter and is not encoded\n", field.Name, kind)
			}
			lookLocked(field.Type)
		}
	case reflect.Slice, reflect.Array, reflect.Pointer:
		lookLocked(kind.Elem())
	case reflect.Map:
		lookLocked(kind.Key())
		lookLocked(kind.Elem())
	}
}
