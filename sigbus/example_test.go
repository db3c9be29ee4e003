package sigbus_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/absfs/shmkit/sigbus"
)

// A checksum over mapped memory, which may lose its pages at any time.
func ExampleGuard() {
	data := []byte("as if it were mapped") // from memmapfs's Data, say
	var sum int
	err := sigbus.Guard(func() {
		for _, b := range data {
			sum += int(b)
		}
	})
	if errors.Is(err, sigbus.ErrFault) {
		fmt.Println("the file was cut short:", err)
		return
	}
	fmt.Println(sum)
	// Output: 1834
}

func ExampleCopy() {
	mapped := []byte("header and body")
	header := make([]byte, 6)
	if _, err := sigbus.Copy(header, mapped); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", header)
	// Output: header
}

// Faults name their file when its mapping was registered.
func ExampleRegister() {
	mapping := make([]byte, 4096) // from mmap
	unregister := sigbus.Register(mapping, "/var/db/table", 0)
	defer unregister()
}

func ExampleOnFault() {
	remove := sigbus.OnFault(func(r sigbus.Report) {
		if r.Fault != nil {
			log.Printf("recovered: %v", r.Fault)
		}
	})
	defer remove()
}
