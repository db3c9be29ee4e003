// Package vmem answers questions about the addresses of this process: where a
// slice lies, and whether an address is mapped at all. It never touches the
// memory it is asked about.
package vmem
