package bridge

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
)

// Messages are shown to the tester as JSON, which it hashes, counts and puts into words. Names begin with a small
// letter, as in Figure 2 of the Raft paper. Bytes are base64, and so is a command.

func appendJSON(out []byte, value reflect.Value) []byte {
	switch value.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(out, value.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(out, value.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.AppendUint(out, value.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		return appendString(out, strconv.FormatFloat(value.Float(), 'g', -1, 64))
	case reflect.String:
		return appendString(out, value.String())
	case reflect.Struct:
		return appendStruct(out, value, planOf(value.Type()))
	case reflect.Slice, reflect.Array:
		return appendList(out, value)
	case reflect.Map:
		return appendMap(out, value)
	case reflect.Pointer:
		if !value.IsNil() {
			return appendJSON(out, value.Elem())
		}
	case reflect.Interface:
		if value.IsNil() {
			break
		}
		if command := value.Elem(); command.Kind() == reflect.String {
			return appendBase64(out, []byte(command.String()))
		}
		return appendJSON(out, value.Elem())
	}
	return append(out, "null"...)
}

func appendStruct(out []byte, value reflect.Value, known *plan) []byte {
	out = append(out, '{')
	for place, f := range known.fields {
		if place > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), f.name...), `":`...)
		out = appendJSON(out, value.Field(f.at))
	}
	return append(out, '}')
}

func appendList(out []byte, value reflect.Value) []byte {
	if value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Uint8 {
		return appendBase64(out, value.Bytes())
	}
	var known *plan
	if kind := value.Type().Elem(); kind.Kind() == reflect.Struct {
		known = planOf(kind)
	}
	out = append(out, '[')
	for at := 0; at < value.Len(); at++ {
		if at > 0 {
			out = append(out, ',')
		}
		if known != nil {
			out = appendStruct(out, value.Index(at), known)
		} else {
			out = appendJSON(out, value.Index(at))
		}
	}
	return append(out, ']')
}

func appendMap(out []byte, value reflect.Value) []byte {
	out = append(out, '{')
	for place, key := range sortedKeys(value) {
		if place > 0 {
			out = append(out, ',')
		}
		out = appendText(out, fmt.Sprint(key.Interface()), ":")
		out = appendJSON(out, value.MapIndex(key))
	}
	return append(out, '}')
}

func appendBase64(out []byte, bytes []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(out, '"'), bytes), '"')
}

// appendString writes ASCII, whatever the text is.
func appendString(out []byte, text string) []byte {
	const digits = "0123456789abcdef"
	out = append(out, '"')
	for at := 0; at < len(text); at++ {
		letter := text[at]
		if letter < ' ' || letter > '~' || letter == '"' || letter == '\\' {
			out = append(out, '\\', 'u', '0', '0', digits[letter>>4], digits[letter&15])
		} else {
			out = append(out, letter)
		}
	}
	return append(out, '"')
}
