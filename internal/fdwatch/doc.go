// Package fdwatch tells when somebody lets go of a file: closes a descriptor that
// could write, dies with one, or takes the file's name away. On Linux it is
// inotify, with one instance and one goroutine in the runtime's poller for the
// whole process while somebody watches, and for a tenth of a second more. Elsewhere there is
// nothing of the kind.
package fdwatch
