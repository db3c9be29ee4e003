package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/spf13/cobra"
)

// A listing is a region or ring as -o json shows it.
type listing struct {
	Name     string       `json:"name"`
	Path     string       `json:"path"`
	ID       string       `json:"id,omitempty"`
	Kind     string       `json:"kind,omitempty"`
	Version  uint32       `json:"version"`
	Size     int64        `json:"size_bytes"`
	Used     int64        `json:"allocated_bytes"`
	Mode     string       `json:"mode,omitempty"`
	UID      int          `json:"uid"`
	Created  time.Time    `json:"created,omitzero"`
	Creator  process      `json:"creator"`
	Keep     bool         `json:"persistent,omitempty"`
	Attached int          `json:"attached"`
	Who      []attachment `json:"attachments,omitempty"`
	Ring     *ringState   `json:"ring,omitempty"`
	Error    string       `json:"error,omitempty"`
}

type process struct {
	PID  int    `json:"pid"`
	Name string `json:"name,omitempty"`
}

type attachment struct {
	process
	Role  string    `json:"role,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

type ringState struct {
	Capacity int64     `json:"capacity_bytes"`
	Depth    int64     `json:"depth_bytes"`
	Producer sideState `json:"producer"`
	Consumer sideState `json:"consumer"`
}

type sideState struct {
	State   string    `json:"state"` // none, alive, closed, dead
	Records uint64    `json:"records"`
	Bytes   uint64    `json:"bytes"`
	Waits   uint64    `json:"waits"`
	WakeUps uint64    `json:"wakeups"`
	Lost    uint64    `json:"lost,omitempty"`
	High    int64     `json:"high_water_bytes"`
	Active  time.Time `json:"active,omitzero"`
	Error   string    `json:"last_error,omitempty"`
}

func (a *app) region() *shm.Options { return &shm.Options{Dir: a.dir} }
func (a *app) ring() *ring.Options  { return &ring.Options{Dir: a.dir} }

// describe adds what a ring says about itself.
func (a *app) describe(i *region.Info) listing {
	l := listing{
		Name: i.Name, Path: i.Path, Kind: i.Kind, Version: i.Version, Size: i.Size, Used: i.Allocated, UID: i.UID,
		Created: i.Created, Creator: process{i.Creator.PID, i.Creator.Name}, Keep: i.Persistent, Attached: i.Attached,
	}
	if i.Err != nil {
		l.Error = explain(i.Err)
		return l
	}
	l.ID, l.Mode = i.ID.String(), i.Perm.String()
	for _, w := range i.Attachments {
		l.Who = append(l.Who, attachment{process{w.PID, w.Name}, w.Role, w.Since})
	}
	if i.Kind != ring.Kind {
		return l
	}
	info, err := ring.Inspect(i.Name, a.ring())
	if err != nil {
		l.Error = explain(err)
		return l
	}
	l.Ring = &ringState{info.Capacity, info.Depth, side(&info.Producer), side(&info.Consumer)}
	return l
}

func side(s *ring.SideInfo) sideState {
	out := sideState{
		State: "none", Records: s.Stats.Records, Bytes: s.Stats.Bytes, Waits: s.Stats.Waits, WakeUps: s.Stats.WakeUps,
		Lost: s.Stats.Lost, High: s.Stats.HighWater, Active: s.Stats.Active,
	}
	switch {
	case s.Seated:
		out.State = "alive"
	case s.Closed:
		out.State = "closed"
	case !s.Stats.Active.IsZero():
		out.State = "dead"
	}
	if s.Stats.LastError != nil {
		out.Error = s.Stats.LastError.Error()
	}
	return out
}

// all describes every region, of which no one may vanish while it is looked at.
func (a *app) all() ([]listing, error) {
	infos, err := shm.List(a.region())
	if err != nil {
		return nil, err
	}
	out := make([]listing, 0, len(infos))
	for i := range infos {
		out = append(out, a.describe(&infos[i]))
	}
	return out, nil
}

func (a *app) ls() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "list regions and rings", Args: a.names(0, "no argument"),
		Long: `ls lists the regions of the folder, the damaged and those of others too. For a
ring it shows how full it is and how its two sides are: none (never was there),
alive, closed, or dead (its process ended without closing).`,
		Example: "  shmctl ls\n  shmctl ls -o json | jq '.[] | select(.attached == 0) | .name'",
		RunE: func(c *cobra.Command, _ []string) error {
			all, err := a.all()
			if err != nil {
				return err
			}
			return a.show(c, all, func(w io.Writer) {
				row(w, "NAME", "KIND", "SIZE", "ATTACHED", "AGE", "PRODUCER", "CONSUMER", "FULL", "NOTE")
				for _, l := range all {
					p, cons, full := "-", "-", "-"
					if l.Ring != nil {
						p, cons = l.Ring.Producer.State, l.Ring.Consumer.State
						full = fmt.Sprintf("%d%%", l.Ring.Depth*100/max(l.Ring.Capacity, 1))
					}
					row(w, l.Name, l.Kind, demo.Bytes(l.Size), l.Attached, ago(l.Created), p, cons, full, l.Error)
				}
			})
		},
	}
}

func (a *app) info() *cobra.Command {
	return &cobra.Command{
		Use: "info NAME", Short: "everything about one region or ring", Args: a.names(1, "one NAME"), ValidArgsFunction: a.complete,
		Example: "  shmctl info orders",
		RunE: func(c *cobra.Command, args []string) error {
			i, err := shm.Stat(args[0], a.region())
			if err != nil {
				return err
			}
			l := a.describe(&i)
			err = a.show(c, l, l.table)
			if l.Error != "" {
				return errors.Join(err, errors.New(l.Error))
			}
			return err
		},
	}
}

func (l listing) table(w io.Writer) {
	row(w, "name", l.Name)
	row(w, "path", l.Path)
	row(w, "identity", l.ID)
	if l.Kind == "" {
		row(w, "kind", "-")
	} else {
		row(w, "kind", fmt.Sprintf("%s, version %d", l.Kind, l.Version))
	}
	row(w, "size", fmt.Sprintf("%s, %s in use", demo.Bytes(l.Size), demo.Bytes(l.Used)))
	row(w, "mode", fmt.Sprintf("%s, user %d", l.Mode, l.UID))
	row(w, "age", fmt.Sprintf("%s by %s (pid %d)", ago(l.Created), l.Creator.Name, l.Creator.PID))
	row(w, "attached", l.Attached)
	for _, p := range l.Who {
		who := strings.TrimSpace(fmt.Sprintf("%s (pid %d) %s", p.Name, p.PID, p.Role))
		row(w, "", fmt.Sprintf("%s, since %s", who, ago(p.Since)))
	}
	if l.Ring == nil {
		return
	}
	row(w, "ring", fmt.Sprintf("%s of %s waiting to be read", demo.Bytes(l.Ring.Depth), demo.Bytes(l.Ring.Capacity)))
	for _, s := range []struct {
		name string
		*sideState
	}{{"producer", &l.Ring.Producer}, {"consumer", &l.Ring.Consumer}} {
		text := fmt.Sprintf("%s, %d records, %s, %d waits, %d wake-ups, at most %s deep, last active: %s",
			s.State, s.Records, demo.Bytes(int64(s.Bytes)), s.Waits, s.WakeUps, demo.Bytes(s.High), ago(s.Active))
		row(w, s.name, strings.TrimSpace(text+" "+s.Error))
	}
}

// complete offers the names of regions to the shell.
func (a *app) complete(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	infos, err := shm.List(a.region())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	names := make([]string, 0, len(infos))
	for _, i := range infos {
		names = append(names, i.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeThenFile offers names of regions, then files.
func (a *app) completeThenFile(c *cobra.Command, args []string, part string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return a.complete(c, args, part)
}
