package main

import (
	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/internal/host"
)

// features are what the kernel offers.
func features() []finding {
	var all []finding
	for _, f := range host.Features() {
		if f.Have {
			all = append(all, finding{f.Name, "ok", "there", ""})
		} else {
			all = append(all, finding{f.Name, "warn", "missing or forbidden: " + f.Without, "a newer kernel, or a seccomp profile that lets it through"})
		}
	}
	if mode := host.TransparentHuge(); mode != "" {
		f := finding{"huge pages by themselves (shmem_enabled)", "ok", mode, ""}
		if mode == "never" || mode == "deny" {
			f.Advice = "if large regions shall have them: echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled"
		}
		all = append(all, f)
	}
	if n := host.MemoryLimit(); n > 0 {
		f := finding{"memory of the control group", "ok", demo.Bytes(int64(n)), ""}
		if n < 4*low {
			f.Status, f.Advice = "warn", "shared memory counts against it; raise memory.max (docker run --memory) or make smaller rings"
		}
		all = append(all, f)
	}
	return all
}
