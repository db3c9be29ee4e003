package main

import (
	"strings"
	"testing"
)

// TestAttachmentsMayHaveNoRole looks at what info says of them: a role is for
// whoever sets it, and rings do not.
func TestAttachmentsMayHaveNoRole(t *testing.T) {
	l := listing{Who: []attachment{{process: process{PID: 7, Name: "quiet"}}, {process: process{PID: 8, Name: "loud"}, Role: "clerk"}}}
	var b strings.Builder
	l.table(&b)
	for _, want := range []string{"quiet (pid 7), since", "loud (pid 8) clerk, since"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
