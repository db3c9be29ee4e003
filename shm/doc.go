// Package shm is the front door to shared memory by name: Create, Open, List,
// Remove and Reap regions. A region is a named file of shared memory that
// survives its users' crashes; package [github.com/absfs/shmkit/shm/region] says
// what it guarantees and gives typed, anonymous and saved regions, package
// [github.com/absfs/shmkit/shm/ring] a lock-free ring of records on top of one.
package shm
