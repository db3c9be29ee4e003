package fdlock

// Commands of fcntl that x/sys does not name, from <sys/fcntl.h> of macOS.
const (
	setLock = 90 // F_OFD_SETLK
	getLock = 92 // F_OFD_GETLK
)

const ownedByFile = true
