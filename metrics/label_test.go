package metrics

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/absfs/shmkit/shm/ring"
)

// One odd name must not cost the scrape of everything else.
func TestNamesThatAreNoTextAreShownAllTheSame(t *testing.T) {
	o := &ring.Options{Dir: t.TempDir(), Create: true, Capacity: 4096}
	p, err := ring.OpenProducer("x", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	reg := prometheus.NewRegistry()
	names := []string{"b\xff", "a\x00b", "\x00", filepath.FromSlash("/data/\xe4\xf6"), "plain"}
	c := New()
	for _, name := range names {
		c.Add(Producer(name, p))
	}
	reg.MustRegister(c)
	if _, err := reg.Gather(); err != nil {
		t.Fatal(err)
	}
	text := scrapeText(t, c)
	for _, want := range []string{`ring="b�",side="producer"`, `ring="a�b",side="producer"`, `ring="�",side="producer"`, `ring="plain",side="producer"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
