package metrics

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/absfs/shmkit/shm/ring"
)

func TestHostShowsRingsOfOtherUsers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("platform: files have no numbered owner")
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	dir := t.TempDir()
	if err := ring.Create("theirs", &ring.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(dir, "theirs"), 12345, 12345); err != nil {
		t.Fatal(err)
	}
	text := scrapeText(t, New(Host(dir)))
	for _, want := range []string{`shm_region_unreadable{region="theirs"} 0`, `shm_ring_capacity_bytes{ring="theirs",side="producer"} `} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
