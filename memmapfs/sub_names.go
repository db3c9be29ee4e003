package memmapfs

import (
	"io/fs"
	"runtime"
	"strings"
)

// plainNames is a tree that refuses what is no name of an fs.FS but would lead
// somewhere on Windows: back slashes and drive letters, as os.DirFS does.
type plainNames struct{ tree fs.FS }

func onlyPlainNames(tree fs.FS) fs.FS {
	if runtime.GOOS != "windows" {
		return tree
	}
	return plainNames{tree}
}

func (p plainNames) check(op, name string) error {
	if !fs.ValidPath(name) || strings.ContainsAny(name, `\:`) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return nil
}

func (p plainNames) Open(name string) (fs.File, error) {
	if err := p.check("open", name); err != nil {
		return nil, err
	}
	return p.tree.Open(name)
}

func (p plainNames) ReadFile(name string) ([]byte, error) {
	if err := p.check("read", name); err != nil {
		return nil, err
	}
	return fs.ReadFile(p.tree, name)
}

func (p plainNames) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := p.check("readdir", name); err != nil {
		return nil, err
	}
	return fs.ReadDir(p.tree, name)
}

func (p plainNames) Stat(name string) (fs.FileInfo, error) {
	if err := p.check("stat", name); err != nil {
		return nil, err
	}
	return fs.Stat(p.tree, name)
}

func (p plainNames) Sub(dir string) (fs.FS, error) {
	if err := p.check("sub", dir); err != nil {
		return nil, err
	}
	tree, err := fs.Sub(p.tree, dir)
	if err != nil {
		return nil, err
	}
	return plainNames{tree}, nil
}
