// Package scale opens more at once than programs usually do, and says what that
// takes. It has no code but tests.
package scale
