package transfer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// CheckPath accepts what may be received as a path: slash-separated, relative,
// at most MaxPath bytes, without empty, "." or ".." elements and without NUL.
// It is necessary everywhere and sufficient nowhere: Tree also applies the
// rules of the platform and walks no symbolic link. Errors match ErrProtocol.
func CheckPath(path string) error {
	if path == "" || len(path) > MaxPath {
		return fmt.Errorf("%w: a path of %d bytes", ErrProtocol, len(path))
	}
	if strings.IndexByte(path, 0) >= 0 {
		return fmt.Errorf("%w: NUL in path %q", ErrProtocol, path)
	}
	for elem := range strings.SplitSeq(path, "/") {
		switch {
		case elem == "":
			return fmt.Errorf("%w: path %q is absolute or not clean", ErrProtocol, path)
		case elem == "." || elem == "..":
			return fmt.Errorf("%w: path %q leaves its folder", ErrProtocol, path)
		}
	}
	return nil
}

// localPath turns a received path into one of this platform, below the folder
// it is used in. Errors match ErrProtocol.
func localPath(path string) (string, error) {
	if err := CheckPath(path); err != nil {
		return "", err
	}
	if os.PathSeparator == '\\' {
		if err := checkWindows(path); err != nil {
			return "", err
		}
	}
	local := filepath.FromSlash(path)
	if !filepath.IsLocal(local) {
		return "", fmt.Errorf("%w: path %q has a meaning of its own on this system", ErrProtocol, path)
	}
	return local, nil
}

// checkWindows refuses what Windows takes for something else: separators and
// drives in disguise, alternate streams, names whose end it drops.
func checkWindows(path string) error {
	if i := strings.IndexAny(path, `\:*?"<>|`); i >= 0 {
		return fmt.Errorf("%w: %q in path %q", ErrProtocol, path[i], path)
	}
	for elem := range strings.SplitSeq(path, "/") {
		if strings.TrimRight(elem, ". ") != elem {
			return fmt.Errorf("%w: path %q ends an element with a dot or a space", ErrProtocol, path)
		}
	}
	return nil
}
