// Package metrics shows the counters of the other packages to Prometheus.
//
// New makes a collector of sources, to which more can be added later; Handler
// serves one over HTTP and Register puts one into a registry. A source is read
// when it is scraped and at no other time: the packages count for themselves,
// and their hot paths know nothing of Prometheus.
//
// # Names
//
// Metrics of one kind have one name each and tell their sources apart by
// labels: a ring's name and the side, a region's name, the name given to a
// lock or a file system. Sources with equal labels are added up. What the
// sigbus package and the regions count for the process has no label.
//
// # Cardinality
//
// At most Options.MaxNames values of each label are shown; sources beyond are
// added up under "(other)". Paths of files that faulted are hashed unless
// Options.FileNames is set.
package metrics
