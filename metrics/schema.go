package metrics

import "github.com/prometheus/client_golang/prometheus"

// A schema holds the description of every metric.
type schema struct {
	all []*prometheus.Desc

	ringRecords, ringBytes, ringWaits, ringWakeUps, ringDepth, ringCapacity, ringHigh, ringPeer *prometheus.Desc
	regionSize, regionAttached                                                                  *prometheus.Desc
	regionsCreated, regionsOpened, regionsRemoved, regionsReaped, regionsRetries                *prometheus.Desc
	regionsAttached, regionsMapped                                                              *prometheus.Desc
	lockAcquired, lockWaits, lockCancelled, lockDeaths, lockWait, lockHold                      *prometheus.Desc
	faultsRecovered, faultsPassed, signalsSent, faultRanges, faultFiles                         *prometheus.Desc
}

func newSchema(labels prometheus.Labels) *schema {
	s := &schema{}
	d := func(name, help string, variable ...string) *prometheus.Desc {
		desc := prometheus.NewDesc(name, help, variable, labels)
		s.all = append(s.all, desc)
		return desc
	}
	s.ringRecords = d("shm_ring_records_total", "Records committed (side producer) or released (side consumer) since the ring was made.", "ring", "side")
	s.ringBytes = d("shm_ring_bytes_total", "Bytes of payload committed (side producer) or released (side consumer) since the ring was made.", "ring", "side")
	s.ringWaits = d("shm_ring_waits_total", "Times the side found the ring full (producer) or empty (consumer) and waited.", "ring", "side")
	s.ringWakeUps = d("shm_ring_wakeups_total", "Times the side woke the other one.", "ring", "side")
	s.ringDepth = d("shm_ring_depth_bytes", "Bytes committed and not yet released.", "ring", "side")
	s.ringCapacity = d("shm_ring_capacity_bytes", "Bytes the ring holds.", "ring", "side")
	s.ringHigh = d("shm_ring_high_water_bytes", "Greatest depth the producer saw.", "ring", "side")
	s.ringPeer = d("shm_ring_peer_present", "1 while the other side has the ring open, or died without closing it.", "ring", "side")

	s.regionSize = d("shm_region_size_bytes", "Size of the region's payload.", "region")
	s.regionAttached = d("shm_region_attachments", "Living attachments of all processes.", "region")
	s.regionsCreated = d("shm_regions_created_total", "Regions this process made.")
	s.regionsOpened = d("shm_regions_opened_total", "Times this process attached to a region that was there.")
	s.regionsRemoved = d("shm_regions_removed_total", "Regions this process removed by name.")
	s.regionsReaped = d("shm_regions_reaped_total", "Regions this process removed because nobody was attached.")
	s.regionsRetries = d("shm_regions_retries_total", "Attach handshakes that met a removal or a creation under way.")
	s.regionsAttached = d("shm_regions_attached", "Attachments this process has.")
	s.regionsMapped = d("shm_regions_mapped_bytes", "Bytes of payload this process has mapped.")

	s.lockAcquired = d("lock_acquisitions_total", "Times the lock was taken.", "lock")
	s.lockWaits = d("lock_waits_total", "Times somebody slept for the lock.", "lock")
	s.lockCancelled = d("lock_waits_cancelled_total", "Waits that ended with their context.", "lock")
	s.lockDeaths = d("lock_owner_deaths_total", "Times the lock was taken over from an owner that died.", "lock")
	s.lockWait = d("lock_wait_seconds", "How long waits for the lock lasted.", "lock")
	s.lockHold = d("lock_hold_seconds", "How long the lock was held; a sample of the holds.", "lock")

	s.faultsRecovered = d("sigbus_faults_recovered_total", "Memory faults that became errors.")
	s.faultsPassed = d("sigbus_faults_passed_total", "Memory faults outside mapped memory, passed on as panics.")
	s.signalsSent = d("sigbus_signals_sent_total", "SIGBUS signals that were sent by a process.")
	s.faultRanges = d("sigbus_registered_ranges", "Ranges of mapped memory that are registered by name.")
	s.faultFiles = d("sigbus_file_faults_total", "Memory faults that became errors, by file.", "file")
	return s
}

func (s *schema) describe(ch chan<- *prometheus.Desc) {
	for _, d := range s.all {
		ch <- d
	}
}
