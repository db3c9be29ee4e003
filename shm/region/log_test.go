package region

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestReapLogsWhatItRemoves(t *testing.T) {
	var out bytes.Buffer
	o := dir(t)
	_ = mustCreate(t, "dead", 10, o).Close()
	logging := *o
	logging.Logger = slog.New(slog.NewTextHandler(&out, nil))
	if names, err := Reap(&logging); err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if s := out.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "level=INFO") || !strings.Contains(s, "region=dead") {
		t.Errorf("logged %q", s)
	}
}
