package rpc

import (
	"context"
	"net"
	"testing"

	"github.com/absfs/shmkit/shm/ring"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	pb "google.golang.org/grpc/health/grpc_health_v1"
)

// TestGRPCRunsOverSharedMemoryUnchanged makes calls and opens a stream.
func TestGRPCRunsOverSharedMemoryUnchanged(t *testing.T) {
	o := &ring.Options{Dir: t.TempDir()}
	l, err := ring.Listen("rpc", o)
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	pb.RegisterHealthServer(s, health.NewServer())
	go s.Serve(l)
	defer s.Stop()
	cc, err := grpc.NewClient("passthrough:rpc", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, name string) (net.Conn, error) { return ring.Dial(ctx, name, o) }))
	if err != nil {
		t.Fatal(err)
	}
	defer cc.Close()
	for range 1000 {
		r, err := pb.NewHealthClient(cc).Check(t.Context(), &pb.HealthCheckRequest{})
		if err != nil || r.Status != pb.HealthCheckResponse_SERVING {
			t.Fatal(r, err)
		}
	}
	st, err := pb.NewHealthClient(cc).Watch(t.Context(), &pb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Recv(); err != nil {
		t.Fatal(err)
	}
}
