package main

import (
	"os"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"shmctl": func() { os.Exit(run()) }})
}

func TestScripts(t *testing.T) {
	testscript.RunT(again{t}, testscript.Params{
		Dir:  "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"damage": damage},
		Setup: func(e *testscript.Env) error {
			dir := e.WorkDir + "/shm"
			e.Setenv("SHM", dir)
			return os.Mkdir(dir, 0o700)
		},
	})
}

// damage FILE OFFSET overwrites four bytes.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.OpenFile(args[0], os.O_WRONLY, 0)
	ts.Check(err)
	defer f.Close()
	off, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	_, err = f.WriteAt([]byte("xxxx"), off)
	ts.Check(err)
}
