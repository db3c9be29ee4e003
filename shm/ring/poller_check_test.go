//go:build shmcheck

package ring

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/absfs/shmkit/internal/explore"
)

func TestEveryInterleavingOfAPollerKeepsThePromises(t *testing.T) {
	for _, tt := range []struct {
		name           string
		size, n, ahead int
		kills          int
	}{
		{"a poller, the ring is full", 2040, 3, 2, 0},
		{"a poller, one death", 100, 1, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.kills > 0 && os.Getenv("SHMKIT_SOAK") == "" {
				t.Skip("soak: takes half a minute")
			}
			s := newStream(tt.size, tt.n)
			s.opened, s.ahead, s.polled = true, tt.ahead, true
			t.Cleanup(func() { checker = direct{} })
			res, err := explore.All(s.program, tt.kills)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Printf("| %-27s | %7d runs | %7d states | longest %d steps |\n", tt.name, res.Runs, res.States, res.Longest)
		})
	}
}

func TestAPollerWithoutASecondLookIsFoundOut(t *testing.T) {
	s := newStream(2040, 3)
	s.opened, s.polled, s.bugs = true, true, bugs{noRecheck: true}
	t.Cleanup(func() { checker = direct{} })
	if _, err := explore.All(s.program, 0); !errors.Is(err, explore.ErrStuck) {
		t.Fatalf("not found: %v", err)
	}
}
