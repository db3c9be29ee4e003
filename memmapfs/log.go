package memmapfs

import (
	"context"
	"errors"
	"log/slog"
	"os"
)

// log tells the config's logger, if there is one, about this file.
func (f *MappedFile) log(level slog.Level, msg string, err error, more ...slog.Attr) {
	if l := f.cfg.Logger; l != nil {
		l.LogAttrs(context.Background(), level, msg, append(more, slog.String("file", f.name), slog.Any("err", err))...)
	}
}

// countRefused counts what kept a handle from a mapping, if it was the system.
func (f *MappedFile) countRefused(err error) {
	var call *os.SyscallError
	if errors.As(err, &call) {
		f.stats.refused.Add(1)
	}
}

// refused counts a mapping that the system refused.
func (f *MappedFile) refused(err error) {
	f.stats.refused.Add(1)
	f.log(slog.LevelWarn, "memmapfs: mapping refused", err)
}
