package transfer

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// hostilePaths leave their folder, or mean something else, on some system.
var hostilePaths = []string{
	"", ".", "..", "../x", "a/../../x", "a/..", "./x", "a/./b", "/", "/etc/passwd", "//x", "a//b", "a/",
	"\x00", "a\x00b", strings.Repeat("a/", MaxPath/2) + "a",
}

var windowsPaths = []string{
	`..\x`, `a\..\..\x`, `C:\x`, `C:x`, `\\server\share\x`, `file:stream`, `a/b:c`, "x.", "x ", "a./b", "*", "a?b",
	"NUL", "com1.txt", "a/CON",
}

func assertInside(t *testing.T, local string) {
	t.Helper()
	base := t.TempDir()
	rel, err := filepath.Rel(base, filepath.Join(base, local))
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) || filepath.IsAbs(local) {
		t.Errorf("%q leads outside: %q, %v", local, rel, err)
	}
}

func TestHostilePathsAreRefused(t *testing.T) {
	for _, p := range hostilePaths {
		if err := CheckPath(p); !errors.Is(err, ErrProtocol) {
			t.Errorf("CheckPath(%q) = %v", p, err)
		}
	}
	for _, p := range windowsPaths {
		local, err := localPath(p)
		if runtime.GOOS == "windows" && !errors.Is(err, ErrProtocol) {
			t.Errorf("localPath(%q) = %q, %v", p, local, err)
		}
	}
	for _, p := range windowsPaths[:12] {
		if err := checkWindows(p); !errors.Is(err, ErrProtocol) {
			t.Errorf("checkWindows(%q) = %v", p, err)
		}
	}
}

func TestOrdinaryPathsAreAccepted(t *testing.T) {
	for _, p := range []string{"a", "a/b/c", "...", "..a", "a..", ".hidden", "a b", "ü/日本"} {
		if err := CheckPath(p); err != nil {
			t.Errorf("CheckPath(%q) = %v", p, err)
		}
	}
}
