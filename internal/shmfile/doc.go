// Package shmfile holds what shm/region asks of the operating system around a
// named file: opening it without following a link or blocking, telling one
// inode from another, building a file nobody can see and publishing it without
// replacing anything, anonymous memory with seals, and passing descriptors.
//
// Nothing here knows what a region looks like, and nothing here locks.
package shmfile
