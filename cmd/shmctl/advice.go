package main

import (
	"strings"

	"github.com/absfs/shmkit/shm/region"
)

// forCommands puts what a command can do in place of advice for programs.
var forCommands = strings.NewReplacer(
	advised(region.ErrOwner), "run shmctl as that user",
	advised(region.ErrDirectory), "choose another name, or give the folder with --dir",
	advised(region.ErrSnapshot), "it is no region until a program makes one of it",
)

func advised(reason error) string { return (&region.RefusalError{Reason: reason}).Advice() }

// explain is err's text, with advice that can be followed on a command line.
func explain(err error) string { return forCommands.Replace(err.Error()) }
