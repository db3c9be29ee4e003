package metrics

import "github.com/prometheus/client_golang/prometheus"

// A schema holds the description of every metric.
type schema struct {
	all []*prometheus.Desc

	ringRecords, ringBytes, ringWaits, ringWakeUps, ringDepth, ringCapacity, ringHigh, ringLost, ringPeer *prometheus.Desc
	ringSeated, ringDead, ringActive, ringFailed                                                          *prometheus.Desc
	regionSize, regionAttached, regionAllocated, regionBad                                                *prometheus.Desc
	ringWakeLatency, fsResident, fsHits, fsSyncFailures, pageFaults                                       *prometheus.Desc
	spaceSize, spaceFree                                                                                  *prometheus.Desc
	fsOpen, fsOpens, fsPlainOpens, fsMapped, fsAddresses, fsViews, fsImages                               *prometheus.Desc
	fsFaults, fsRemaps, fsRefused, fsSlides, fsPopulates, fsPlainReads                                    *prometheus.Desc
	fsFlushedBytes, fsFileSyncs, fsSyncErrors, fsSyncDuration                                             *prometheus.Desc
	regionsCreated, regionsOpened, regionsRemoved, regionsReaped, regionsRetries                          *prometheus.Desc
	regionsAttached, regionsMapped                                                                        *prometheus.Desc
	lockAcquired, lockWaits, lockCancelled, lockDeaths, lockWait, lockHold                                *prometheus.Desc
	faultsRecovered, faultsPassed, signalsSent, faultRanges, faultFiles                                   *prometheus.Desc
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
	s.ringWakeLatency = d("shm_ring_wake_latency_seconds", "Time from the other side's call to this side being awake; the sum is estimated from the buckets.", "ring", "side")
	s.ringDepth = d("shm_ring_depth_bytes", "Bytes committed and not yet released.", "ring", "side")
	s.ringCapacity = d("shm_ring_capacity_bytes", "Bytes the ring holds.", "ring", "side")
	s.ringLost = d("shm_ring_lost_records_total", "Records overwritten before the consumer read them, as a side knows.", "ring", "side")
	s.ringHigh = d("shm_ring_high_water_bytes", "Greatest depth a side met.", "ring", "side")
	s.ringPeer = d("shm_ring_peer_present", "1 while the other side has the ring open, or died without closing it.", "ring", "side")

	s.ringSeated = d("shm_ring_seated", "1 while a living process has the side's seat.", "ring", "side")
	s.ringDead = d("shm_ring_side_dead", "1 when the side's process died without closing and has no successor.", "ring", "side")
	s.ringActive = d("shm_ring_last_activity_timestamp_seconds", "When the side was opened, closed or began to wait last; 0 for never.", "ring", "side")
	s.ringFailed = d("shm_ring_failed", "1 after the side met a dead peer or corrupt memory.", "ring", "side")

	s.regionAllocated = d("shm_region_allocated_bytes", "Memory the region really uses.", "region")
	s.regionBad = d("shm_region_unreadable", "1 when the region cannot be opened: damaged, or of another layout.", "region")
	s.spaceSize = d("shm_filesystem_size_bytes", "Size of the file system that holds the regions.")
	s.spaceFree = d("shm_filesystem_free_bytes", "Space left on the file system that holds the regions.")

	s.fsOpen = d("memmapfs_open_files", "Handles that are open, by how they work.", "fs", "access")
	s.fsOpens = d("memmapfs_opens_total", "Handles opened.", "fs")
	s.fsPlainOpens = d("memmapfs_plain_opens_total", "Handles opened that fell back to plain reads and writes.", "fs")
	s.fsMapped = d("memmapfs_mapped_bytes", "Bytes of files that are mapped.", "fs")
	s.fsAddresses = d("memmapfs_address_space_bytes", "Addresses this process holds for mappings, room for growth included.")
	s.fsResident = d("memmapfs_resident_bytes", "Bytes of mappings that are in memory.", "fs")
	s.fsViews = d("memmapfs_views", "Views that are not released.", "fs")
	s.fsImages = d("memmapfs_private_images", "Files with private changes.", "fs")
	s.fsFaults = d("memmapfs_faults_total", "Memory faults that became errors or plain reads.", "fs")
	s.fsRemaps = d("memmapfs_remaps_total", "Times a file was mapped anew because it grew.", "fs")
	s.fsRefused = d("memmapfs_mappings_refused_total", "Times the system refused a mapping.", "fs")
	s.fsHits = d("memmapfs_window_hits_total", "Accesses that found their window mapped, estimated from a sample.", "fs")
	s.fsSlides = d("memmapfs_window_slides_total", "Windows mapped.", "fs")
	s.fsPopulates = d("memmapfs_populates_total", "System calls that brought cold pages in.", "fs")
	s.fsPlainReads = d("memmapfs_plain_reads_total", "Reads of a mapped file through its descriptor.", "fs")
	s.fsFlushedBytes = d("memmapfs_flushed_bytes_total", "Bytes made durable, in whole pages.", "fs")
	s.fsFileSyncs = d("memmapfs_file_syncs_total", "Times a file's data and metadata were made durable together (fsync).", "fs")
	s.fsSyncFailures = d("memmapfs_sync_failures_total", "System calls to make data durable that failed.", "fs")
	s.fsSyncErrors = d("memmapfs_sync_errors_total", "Flushes that failed with nobody waiting.", "fs")
	s.pageFaults = d("memmapfs_page_faults_total", "Page faults of the whole process, which the kernel served: minor from memory, major from a device.", "type")
	s.fsSyncDuration = d("memmapfs_sync_duration_seconds", "Time the system calls took that make data durable.", "fs")

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
