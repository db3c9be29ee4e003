// Package wine lets tests say what Wine cannot do although Windows can.
//
// docs/platforms.md lists every such test with its reason, and a test of
// internal/house compares the list with the sources.
package wine
