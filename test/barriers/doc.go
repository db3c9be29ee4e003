// Package barriers looks at the instructions that the ring's and the locks'
// accesses to shared memory become on amd64 and arm64. docs/memory-model.md says
// what each of them has to order.
package barriers
