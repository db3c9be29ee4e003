package memmapfs

import "os"

// viewSource returns what a view gets memory of its own from; nil where it pins
// what is mapped already. mu is held.
func (f *MappedFile) viewSource() *os.File {
	switch {
	case f.img != nil:
		return f.img.sharedTwin()
	case f.win != nil || debugViews:
		return f.mapper
	}
	return nil
}

func (i *image) sharedTwin() *os.File {
	if !debugViews {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.twin
}
