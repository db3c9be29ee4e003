package region

import (
	"context"
	"log/slog"
)

// log tells the logger, if there is one, about the named region.
func (o *Options) log(level slog.Level, msg, name string, err error) {
	if o.Logger == nil {
		return
	}
	attrs := []slog.Attr{slog.String("region", name)}
	if err != nil {
		attrs = append(attrs, slog.Any("err", err))
	}
	o.Logger.LogAttrs(context.Background(), level, msg, attrs...)
}
