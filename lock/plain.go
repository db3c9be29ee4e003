package lock

import (
	"fmt"
	"reflect"
)

// plain says why a T cannot be shared between processes, if it cannot.
func plain[T any]() error {
	t := reflect.TypeFor[T]()
	path, why := fault(t)
	switch {
	case why == "":
		return nil
	case path == "":
		return fmt.Errorf("lock: %v cannot be shared: it %s", t, why)
	default:
		return fmt.Errorf("lock: %v cannot be shared: its part %s %s", t, path, why)
	}
}

// fault finds the first part of t that means something else in another
// process, its path and what is wrong with it.
func fault(t reflect.Type) (path, why string) {
	switch t.Kind() {
	case reflect.Array:
		path, why = fault(t.Elem())
		return "[]" + path, why
	case reflect.Struct:
		end, last := uintptr(0), ""
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Offset != end {
				return "." + f.Name, "comes after padding"
			}
			if path, why = fault(f.Type); why != "" {
				return "." + f.Name + path, why
			}
			end, last = f.Offset+f.Type.Size(), f.Name
		}
		if t.Size() != end {
			return "." + last, "has padding after it"
		}
		return "", ""
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		return "", "has a size that depends on the platform"
	case reflect.Bool, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16,
		reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return "", ""
	default:
		return "", "points into the memory of one process (kind " + t.Kind().String() + ")"
	}
}
