package fdlock

// Commands of fcntl that x/sys does not name, from <sys/fcntl.h> of the macOS
// SDK, where they are public: the lock belongs to the open file description, not
// to the process, and F_OFD_GETLK answers with pid -1.
const (
	setLock = 90 // F_OFD_SETLK
	getLock = 92 // F_OFD_GETLK
)

const ownedByFile = true
