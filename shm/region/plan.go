package region

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// plan is what is known of a type that may live in a region.
type plan struct {
	typ    reflect.Type
	size   uintptr
	align  uintptr // of its largest scalar, on every platform
	layout string
	schema Schema
}

// planned is a plan or the error the type earned.
type planned struct {
	plan *plan
	err  error
}

var plans sync.Map // reflect.Type → planned

func planOf(t reflect.Type) (*plan, error) {
	if p, ok := plans.Load(t); ok {
		return p.(planned).plan, p.(planned).err
	}
	p, err := newPlan(t)
	plans.Store(t, planned{p, err})
	return p, err
}

func newPlan(t reflect.Type) (*plan, error) {
	w := &walk{name: t.String(), align: 1}
	if t.Name() == "" {
		w.name = "value"
	}
	if err := w.visit(t, 0, ""); err != nil {
		return nil, err
	}
	if t.Size() == 0 {
		return nil, refuse(ErrType, "%v has no bytes", t)
	}
	if t.Size()%w.align != 0 {
		return nil, refuse(ErrType, "%v is %d bytes long, an array of it needs a multiple of %d; add a _ [%d]byte at its end",
			t, t.Size(), w.align, w.align-t.Size()%w.align)
	}
	text := w.text.String()
	return &plan{typ: t, size: t.Size(), align: w.align, layout: text, schema: sha256.Sum256([]byte(text))}, nil
}

// walk goes through a type's scalars in the order of their offsets.
type walk struct {
	name  string // of the whole type
	align uintptr
	text  strings.Builder
}

// visit checks the value of type t at offset off of the whole, which
// path leads to.
func (w *walk) visit(t reflect.Type, off uintptr, path string) error {
	if t.PkgPath() == "sync" {
		return refuse(ErrType, "%s is %v, which works inside one process only; use package lock", w.name+path, t)
	}
	switch t.Kind() {
	case reflect.Struct:
		return w.visitStruct(t, off, path)
	case reflect.Array:
		return w.visitArray(t, off, path)
	case reflect.Bool, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return w.scalar(t, off, t.Size(), path)
	case reflect.Complex64, reflect.Complex128:
		return w.scalar(t, off, t.Size()/2, path)
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		return refuse(ErrType, "%s is %v, whose size depends on the platform; use a type of fixed size", w.name+path, t)
	default:
		return refuse(ErrType, "%s is %v, which holds a pointer; store an offset or an array", w.name+path, t)
	}
}

// scalar notes a number. It must lie at a multiple of its own size even where
// the compiler would be content with less: then every platform lays it out alike.
func (w *walk) scalar(t reflect.Type, off, align uintptr, path string) error {
	if off%align != 0 {
		return w.gap(align-off%align, "before", path)
	}
	w.align = max(w.align, align)
	fmt.Fprintf(&w.text, "%d %v %s\n", off, t.Kind(), path)
	return nil
}

func (w *walk) gap(n uintptr, where, path string) error {
	return refuse(ErrType, "%d bytes of padding %s %s; put a _ [%d]byte there or reorder the fields", n, where, w.name+path, n)
}

func (w *walk) visitArray(t reflect.Type, off uintptr, path string) error {
	if t.Len() == 0 {
		return nil
	}
	first := walk{name: w.name, align: 1}
	if err := first.visit(t.Elem(), off, path+"[0]"); err != nil {
		return err
	}
	if size := t.Elem().Size(); size%first.align != 0 {
		return refuse(ErrType, "%s: %d bytes of padding on other platforms after each %v; add a _ [%d]byte at its end",
			w.name+path, first.align-size%first.align, t.Elem(), first.align-size%first.align)
	}
	w.align = max(w.align, first.align)
	fmt.Fprintf(&w.text, "%d [%d]x%d {\n%s}\n", off, t.Len(), t.Elem().Size(), first.text.String())
	return nil
}

// visitStruct refuses gaps: they would hold bytes nobody wrote, at places that
// differ from platform to platform. An atomic counts as the value it holds.
func (w *walk) visitStruct(t reflect.Type, off uintptr, path string) error {
	if v, ok := t.FieldByName("v"); ok && t.PkgPath() == "sync/atomic" {
		return w.visit(v.Type, off+v.Offset, path)
	}
	end, last := uintptr(0), ""
	for i := range t.NumField() {
		f := t.Field(i)
		name := path + "." + f.Name
		if err := w.visit(f.Type, off+f.Offset, name); err != nil {
			return err
		}
		if f.Offset != end {
			return w.gap(f.Offset-end, "before", name)
		}
		end, last = f.Offset+f.Type.Size(), name
	}
	if end != t.Size() {
		return w.gap(t.Size()-end, "after", last)
	}
	return nil
}
