// Package bench is a module of its own, so that the libraries shmkit is measured
// against never become its dependencies. Command shmbench runs the comparisons
// (make bench), package report keeps, judges and draws their results, packages
// stream and cases hold what is measured, and climit is the C program that says
// what the hardware allows.
//
// Systems are measured one after the other, round after round (A B C A B C ...),
// so that a busy moment of the machine hits all of them alike. Within a round a
// case runs several short segments; the best segment of all rounds says what a
// system can do, the median what to expect on this machine at this time.
package bench
