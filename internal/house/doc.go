// Package house holds the tests that keep the project's house rules: which
// package may import which, where unsafe and system calls may appear, and that
// every package says what it guarantees.
package house
