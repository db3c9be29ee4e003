package ring_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/absfs/shmkit/shm/ring"
)

// An HTTP server and its client, in two processes of one machine, without a
// socket in between. Here both live in one process.
func ExampleListen() {
	dir, err := os.MkdirTemp("", "ring")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	options := &ring.Options{Dir: dir}

	l, err := ring.Listen("web", options)
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello", r.URL.Path)
	}))

	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return ring.Dial(ctx, "web", options)
		},
	}}
	defer client.CloseIdleConnections()
	response, err := client.Get("http://web/over/shared/memory")
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Print(response.Status, " ", string(body), err)
	// Output:
	// 200 OK hello /over/shared/memory
	// <nil>
}
