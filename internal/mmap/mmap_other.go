//go:build !(linux || darwin || freebsd || netbsd || dragonfly || windows)

package mmap

import (
	"errors"
	"io/fs"
	"os"
)

const (
	supported = false
	coherent  = false
)

func granularity() int { return pageSize }

func mapFile(*os.File, int64, int, Prot, Flag) ([]byte, error) { return nil, errors.ErrUnsupported }
func mapFileAt([]byte, *os.File, int64, Prot, Flag) error      { return errors.ErrUnsupported }
func reserve(int) ([]byte, error)                              { return nil, errors.ErrUnsupported }
func privateRoom(*os.File, int, int) ([]byte, error)           { return nil, errors.ErrUnsupported }
func anonymousAt([]byte) error                                 { return errors.ErrUnsupported }
func commit([]byte) error                                      { return errors.ErrUnsupported }
func blank([]byte) error                                       { return errors.ErrUnsupported }
func unmap([]byte) error                                       { return errors.ErrUnsupported }
func protect([]byte, Prot) error                               { return errors.ErrUnsupported }
func syncRange([]byte, *os.File) error                         { return errors.ErrUnsupported }
func writeback([]byte, *os.File, int64) error                  { return errors.ErrUnsupported }
func advise([]byte, Advice) error                              { return errors.ErrUnsupported }
func populate([]byte, bool) error                              { return errors.ErrUnsupported }
func populateFile(*os.File, int64, int) error                  { return errors.ErrUnsupported }
func lock([]byte) error                                        { return errors.ErrUnsupported }
func unlock([]byte) error                                      { return errors.ErrUnsupported }
func resident([]byte) (int64, error)                           { return 0, errors.ErrUnsupported }
func readahead(*os.File, int64, int64) error                   { return errors.ErrUnsupported }
func fileAdvise(*os.File, int64, int64, Advice) error          { return errors.ErrUnsupported }
func noCache(*os.File, bool) error                             { return errors.ErrUnsupported }
func allocate(*os.File, int64, int64) error                    { return errors.ErrUnsupported }
func allocateBeyond(*os.File, int64, int64) error              { return errors.ErrUnsupported }
func punchHole(*os.File, int64, int64) error                   { return errors.ErrUnsupported }
func idOf(*os.File) (FileID, bool)                             { return FileID{}, false }
func mapMirror(*os.File, int64, int, Prot) ([]byte, func() error, error) {
	return nil, nil, errors.ErrUnsupported
}
func duplicateFd(uintptr, string) (*os.File, error) { return nil, errors.ErrUnsupported }
func reopenReadWrite(*os.File) (*os.File, error)    { return nil, errors.ErrUnsupported }
func idOfInfo(fs.FileInfo) (FileID, bool)           { return FileID{}, false }
func lockLimit() (int64, bool)                      { return 0, false }

func linksOf(fs.FileInfo) (uint64, bool) { return 0, false }
