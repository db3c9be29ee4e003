package memmapfs

// syncer is the background goroutine of a file system under SyncPeriodic.
type syncer struct{}

func (s *syncer) stop() error { return nil }

// announce tells the background goroutine that there is something to flush.
func (f *MappedFile) announce() {}
