package shm_test

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"
)

func init() { roles["transfer for ever"] = transferForEver }

func transferForEver(dir string) error {
	a, err := openAccount(dir)
	if err != nil {
		return err
	}
	for {
		if err := a.transfer(context.Background(), 10); err != nil {
			return err
		}
	}
}

// TestGuidesBankSurvivesKills kills the guide's writers at any moment: no
// transfer is ever seen half done, and the lock always comes free.
func TestGuidesBankSurvivesKills(t *testing.T) {
	switch runtime.GOOS {
	case "linux", "darwin", "windows":
	default:
		t.Skip("platform: the death of a lock's owner is not detected on " + runtime.GOOS)
	}
	kills := 10
	if os.Getenv("SHMKIT_SOAK") == "1" {
		kills = 500
	}
	dir := t.TempDir()
	a, err := openAccount(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for range kills {
		c, d := program("transfer for ever", dir), program("transfer for ever", dir)
		for _, writer := range []interface{ Start() error }{c, d} {
			if err := writer.Start(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(rand.N(30 * time.Millisecond))
		_ = c.Process.Kill()
		err := a.transfer(ctx, 10)
		now := a.bank.Slots[a.bank.Current.Load()&1]
		_ = d.Process.Kill()
		_, _ = c.Wait(), d.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if now.From+now.To != 0 || now.To == 0 {
			t.Fatalf("half a transfer: %+v", now)
		}
	}
	deaths := a.mu.Stats().OwnerDeaths
	t.Logf("%+v, %d locks taken over from the dead", a.bank.Slots[a.bank.Current.Load()&1], deaths)
}
