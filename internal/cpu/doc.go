// Package cpu holds what Go has no words for between two processors: the pause
// in a spin, and the fence that a sleeper makes everybody else pay.
//
// A side that sleeps rarely and a side that publishes often can split the cost
// of their handshake unevenly: the publisher stores and then looks for a sleeper
// without a fence, and the sleeper, after it said that it sleeps, has the kernel
// run a full fence on every processor that runs a registered process
// (membarrier, Linux 4.16). See membarrier(2), and Dice, Huang and Yang,
// "Asymmetric Dekker Synchronization".
package cpu
