package transfer

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"path/filepath"

	"github.com/absfs/absfs"
	"github.com/absfs/osfs"
)

// An Entry is a step of a walk.
type Entry struct {
	Kind Kind        // Dir, DirEnd, File; 0 for what is not sent
	Path string      // as the receiver gets it
	Name string      // in the file system that is walked
	Mode fs.FileMode // as the walk found it
	Size int64       // of a file, as the walk found it
	Err  error       // Kind 0: why the entry is not sent; nil for links and special files
}

// A Source is a path to be sent.
type Source struct {
	Name string // absolute, in the terms of absfs
	As   string // the receiver's name for it; empty: its contents land in the target folder
}

// Sources checks paths given by a user, following symbolic links. The contents
// of a single folder are sent without the folder's name; of several paths each
// goes under its last element.
func Sources(paths []string) ([]Source, error) {
	seen := make(map[string]string)
	out := make([]Source, 0, len(paths))
	for _, p := range paths {
		abs, err := filepath.Abs(p)
		if err == nil {
			abs, err = filepath.EvalSymlinks(abs)
		}
		if err != nil {
			return nil, err
		}
		s := Source{Name: osfs.FromNative(abs), As: filepath.Base(abs)}
		if other, ok := seen[s.As]; ok {
			return nil, fmt.Errorf("%s and %s would both arrive as %s: send them one after the other", other, p, s.As)
		}
		seen[s.As] = p
		out = append(out, s)
	}
	return out, nil
}

// Walk goes through the sources in a fixed order: names sorted, a folder before
// its contents and once more after them. What cannot be read is an entry with
// Err, and the walk goes on. Links are not followed.
func Walk(fsys absfs.SymlinkFileSystem, sources []Source) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for _, s := range sources {
			info, err := fsys.Stat(s.Name)
			if err != nil {
				if !yield(Entry{Path: s.As, Name: s.Name, Err: err}) {
					return
				}
				continue
			}
			as := s.As
			if len(sources) == 1 && info.IsDir() {
				as = ""
			}
			if !walk(fsys, s.Name, as, info, yield) {
				return
			}
		}
	}
}

func walk(fsys absfs.SymlinkFileSystem, name, as string, info fs.FileInfo, yield func(Entry) bool) bool {
	e := Entry{Path: as, Name: name, Mode: info.Mode().Perm(), Size: info.Size()}
	if as != "" {
		if err := CheckPath(as); err != nil {
			return yield(Entry{Path: as, Name: name, Err: err})
		}
	}
	if info.Mode().IsRegular() {
		e.Kind = File
		return yield(e)
	}
	if !info.IsDir() {
		return yield(e)
	}
	children, err := fsys.ReadDir(name)
	if err != nil {
		return yield(Entry{Path: as, Name: name, Err: err})
	}
	e.Size = 0
	e.Kind = Dir
	if as != "" && !yield(e) {
		return false
	}
	for _, c := range children {
		childName, childAs := path.Join(name, c.Name()), path.Join(as, c.Name())
		info, err := c.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			if !yield(Entry{Path: childAs, Name: childName, Err: err}) {
				return false
			}
			continue
		}
		if !walk(fsys, childName, childAs, info, yield) {
			return false
		}
	}
	e.Kind = DirEnd
	return as == "" || yield(e)
}
