package ring

import (
	"context"
	"log/slog"
)

// logAs makes l, which may be nil, the logger of this side.
func (s *side) logAs(l *slog.Logger, name string, seat int) {
	if l == nil {
		return
	}
	role := "producer"
	if seat == consumerSeat {
		role = "consumer"
	}
	s.logger = l.With(slog.String("ring", name), slog.String("side", role))
}

// log tells the logger, if there is one. It is called where an operation fails,
// never where one succeeds.
func (s *side) log(level slog.Level, msg string, err error) {
	if s.logger != nil {
		s.logger.LogAttrs(context.Background(), level, msg, slog.Any("err", err))
	}
}
