package region_test

import (
	"fmt"

	"github.com/absfs/shmkit/shm/region"
)

// LayoutOf shows what a schema's fingerprint covers.
func ExampleLayoutOf() {
	text, err := region.LayoutOf[struct {
		Seq  uint64
		Temp float32
		Unit uint16
		_    [2]byte
	}]()
	fmt.Print(text, err, "\n")
	// Output:
	// 0 uint64 .Seq
	// 8 float32 .Temp
	// 12 uint16 .Unit
	// 14 [2]x1 {
	// 14 uint8 ._[0]
	// }
	// <nil>
}

// A type that would mean something else in another process is refused, with the
// field's name.
func ExampleAt_refused() {
	_, err := region.LayoutOf[struct {
		ID   uint32
		Name string
	}]()
	fmt.Println(err)
	_, err = region.LayoutOf[struct {
		ID    uint32
		Total uint64
	}]()
	fmt.Println(err)
	// Output:
	// layout: type not fit for shared memory: value.Name is string, which holds a pointer; store an offset or an array
	// layout: type not fit for shared memory: 4 bytes of padding before value.Total; put a _ [4]byte there or reorder the fields
}
