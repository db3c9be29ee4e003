//go:build !linux && !windows && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly

package futex

import (
	"context"
	"time"
)

const supported = false

func wait(ctx context.Context, addr *uint32, old uint32, timeout time.Duration) error {
	return poll(ctx, []Waiter{{addr, old}}, timeout)
}

func waitAny(ctx context.Context, list []Waiter, timeout time.Duration) error {
	return poll(ctx, list, timeout)
}

func wake(*uint32, int) int { return 0 }

func joint() bool { return false }

func waitOr(ctx context.Context, addr *uint32, old uint32, _ *uint32, _ uint32, timeout time.Duration) error {
	return wait(ctx, addr, old, timeout)
}

func wakeOwn(*uint32) {}
