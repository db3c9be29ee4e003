package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/absfs/shmkit/internal/wine"
)

// again runs a script up to three times where Wine fails to make a process, as
// wine.Started does: scripts make theirs themselves.
type again struct{ *testing.T }

func (a again) Verbose() bool { return testing.Verbose() }

func (a again) Run(name string, script func(testscript.T)) {
	a.T.Run(name, func(t *testing.T) {
		t.Parallel()
		for try := 1; ; try++ {
			r := &attempt{}
			done := make(chan struct{})
			go func() {
				defer close(done)
				script(r)
			}()
			<-done
			_, ours := wine.Version()
			switch text := r.text.String(); {
			case r.skipped:
				t.Skip(text)
			case r.failed && ours && try < 3 && strings.Contains(text, "Internal error."):
				t.Log("once more, since Wine failed to make a process:", text)
				continue
			case r.failed:
				t.Fatal(text)
			default:
				t.Log(text)
			}
			return
		}
	})
}

// attempt is what one run of a script says.
type attempt struct {
	mu              sync.Mutex
	text            strings.Builder
	failed, skipped bool
}

func (r *attempt) Log(args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(&r.text, args...)
}

func (r *attempt) Fatal(args ...any) {
	r.Log(args...)
	r.FailNow()
}

func (r *attempt) FailNow() {
	r.failed = true
	runtime.Goexit()
}

func (r *attempt) Skip(args ...any) {
	r.Log(args...)
	r.skipped = true
	runtime.Goexit()
}

func (r *attempt) Parallel()                      {}
func (r *attempt) Verbose() bool                  { return testing.Verbose() }
func (r *attempt) Run(string, func(testscript.T)) { panic("a script within a script") }

func TestAScriptRunsAgainForWineAlone(t *testing.T) {
	_, ours := wine.Version()
	for text, want := range map[string]int{"": 1, "fork/exec shmctl.exe: Internal error.": 2} {
		if !ours && text != "" {
			continue // it would fail
		}
		runs := 0
		again{t}.Run("script", func(st testscript.T) {
			if runs++; runs == 1 && text != "" {
				st.Fatal(text)
			}
			if runs != want {
				st.Fatal("ran", runs, "times")
			}
		})
	}
}
