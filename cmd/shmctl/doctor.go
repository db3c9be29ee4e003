package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/internal/host"
	"github.com/absfs/shmkit/internal/shmfile"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
	"github.com/spf13/cobra"
)

// A finding is one thing doctor looked at.
type finding struct {
	What   string `json:"what"`
	Status string `json:"status"` // ok, warn, fail
	Found  string `json:"found"`
	Advice string `json:"advice,omitempty"`
}

func (a *app) doctor() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "check what bounds shared memory on this machine", Args: a.names(0, "no argument"),
		Long: `doctor checks the folder of the shared memory, limits and what the kernel
offers, and says what to do. It makes one region for the blink of an eye. The
exit status is 1 when something does not work at all.`,
		RunE: func(c *cobra.Command, _ []string) error {
			all := a.examine()
			err := a.show(c, all, func(w io.Writer) {
				for _, f := range all {
					row(w, f.Status, f.What, f.Found, f.Advice)
				}
			})
			for _, f := range all {
				if f.Status == "fail" {
					return errors.Join(err, errors.New("shared memory does not work here"))
				}
			}
			return err
		},
	}
}

// low is the space below which rings of ordinary size stop to fit.
const low = 64 << 20

func (a *app) examine() []finding {
	dir := a.dir
	if dir == "" {
		dir, _ = shmfile.DefaultDir()
	}
	all := []finding{{"system", "ok", runtime.GOOS + "/" + runtime.GOARCH + " " + host.Look().Kernel, ""}}
	all = append(all, space(dir), a.try(), sleeping())
	all = append(all, leftovers(a))
	return append(append(all, limits(host.Look())...), features()...)
}

func space(dir string) finding {
	size, free, err := host.Space(dir)
	f := finding{What: "space in " + dir, Status: "ok"}
	switch {
	case err != nil:
		f.Status, f.Found = "warn", err.Error()
	case free < low:
		f.Status, f.Found = "warn", fmt.Sprintf("%s free of %s", demo.Bytes(int64(free)), demo.Bytes(int64(size)))
		f.Advice = "mount it larger (mount -o remount,size=1G " + dir + "; docker run --shm-size 1g), or shmctl reap"
	default:
		f.Found = fmt.Sprintf("%s free of %s", demo.Bytes(int64(free)), demo.Bytes(int64(size)))
	}
	return f
}

// try makes a region and takes it away.
func (a *app) try() finding {
	f := finding{What: "making a region", Status: "ok", Found: "works"}
	name := fmt.Sprintf("shmctl-doctor-%d", os.Getpid())
	r, err := shm.Create(name, 1<<16, a.region())
	if err == nil {
		err = errors.Join(r.TakeSeat(0), r.Close(), shm.Remove(name, a.region()))
	}
	if err != nil {
		f.Status, f.Found, f.Advice = "fail", explain(err), advice(err)
	}
	return f
}

func advice(err error) string {
	var refused *region.RefusalError
	if errors.As(err, &refused) {
		return forCommands.Replace(refused.Advice())
	}
	return "choose another folder with --dir"
}

func sleeping() finding {
	if futex.Supported() {
		return finding{"sleeping and waking", "ok", "shared futexes", ""}
	}
	if futex.HasBells {
		return finding{"sleeping and waking", "ok", "FIFOs beside the rings", ""}
	}
	return finding{"sleeping and waking", "warn", "no shared futexes", "a waiting side looks again every millisecond; nothing to be done"}
}

func leftovers(a *app) finding {
	f := finding{What: "leftovers", Status: "ok", Found: "none"}
	names, err := a.unused()
	switch {
	case err != nil:
		f.Status, f.Found = "warn", explain(err)
	case len(names) > 0:
		f.Status, f.Found, f.Advice = "warn", fmt.Sprintf("%d regions nobody uses", len(names)), "shmctl reap -n, then shmctl reap"
	}
	return f
}

func limits(l host.Limits) []finding {
	var all []finding
	add := func(what string, found, least uint64, unit, advice string) {
		f := finding{What: what, Status: "ok", Found: fmt.Sprint(found, unit)}
		switch {
		case found == 0:
			return
		case found == host.Unlimited:
			f.Found = "unlimited"
		case found < least:
			f.Status, f.Advice = "warn", advice
		}
		all = append(all, f)
	}
	add("locked memory (RLIMIT_MEMLOCK)", l.LockedBytes, 8<<20, " bytes", "ulimit -l, or LimitMEMLOCK= in a systemd unit, if LockMemory is used")
	add("open files (RLIMIT_NOFILE)", l.OpenFiles, 1024, "", "ulimit -n; a region takes two descriptors, a mapped file one")
	add("file size (RLIMIT_FSIZE)", l.FileBytes, 1<<30, " bytes", "ulimit -f unlimited: regions are files")
	add("mappings (vm.max_map_count)", l.MapCount, 65530, "", "sysctl -w vm.max_map_count=262144")
	if l.HugePages == 0 && l.Kernel != "" {
		all = append(all, finding{"huge pages (vm.nr_hugepages)", "ok", "none in the pool", "needed for HugePages on hugetlbfs only"})
	}
	return all
}
