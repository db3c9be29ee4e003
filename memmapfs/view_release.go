//go:build !shmdebug

package memmapfs

const debugViews = false

var leaked leakList

type leakList struct{}

func (leakList) add(*mapping) {}

func (f *MappedFile) shareImage() error { return nil }
