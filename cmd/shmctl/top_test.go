package main

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

func ringListing(name string, records, bytes uint64, depth int64) listing {
	return listing{Name: name, ID: name, Ring: &ringState{Capacity: 100, Depth: depth,
		Producer: sideState{State: "alive", Records: records, Bytes: bytes}, Consumer: sideState{State: "dead"}}}
}

func TestTopShowsRatesSortedAndFiltered(t *testing.T) {
	m := &topModel{a: &app{}, every: time.Hour, order: 'b', width: 200, height: 24}
	start := time.Now()
	m.Update(looked{[]listing{ringListing("slow", 0, 0, 10), ringListing("fast", 0, 0, 90), {Name: "region"}}, start, nil})
	m.Update(looked{[]listing{ringListing("slow", 10, 1e6, 10), ringListing("fast", 100, 8e6, 90)}, start.Add(2 * time.Second), nil})
	view := m.View()
	fast, slow := strings.Index(view, "fast"), strings.Index(view, "slow")
	if fast < 0 || slow < fast || strings.Contains(view, "region ") {
		t.Errorf("order:\n%s", view)
	}
	for _, want := range []string{"50", "4.0", "90%", "dead"} {
		if !strings.Contains(view, want) {
			t.Errorf("no %q in\n%s", want, view)
		}
	}
	m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("/slo")}) // as a terminal delivers quick typing
	if view := m.View(); strings.Contains(view, "fast") || !strings.Contains(view, "slow") {
		t.Errorf("filter:\n%s", view)
	}
	m.Update(tea.KeyMsg{Type: tea.KeyEsc})
	m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{'n'}})
	if view := m.View(); strings.Index(view, "fast") > strings.Index(view, "slow") {
		t.Errorf("by name:\n%s", view)
	}
	if _, cmd := m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{'q'}}); cmd == nil {
		t.Error("q does not quit")
	}
}

func TestTopFitsTheScreen(t *testing.T) {
	m := &topModel{a: &app{}, every: time.Hour, order: 'n', width: 40, height: 10}
	var all []listing
	for i := range 50 {
		all = append(all, ringListing(strings.Repeat("x", i+1), 0, 0, 0))
	}
	m.Update(looked{all, time.Now(), nil})
	lines := strings.Split(m.View(), "\n")
	if len(lines) > 10 {
		t.Errorf("%d lines", len(lines))
	}
	for _, l := range lines {
		if n := len([]rune(l)); n > 40 {
			t.Errorf("%d columns: %q", n, l)
		}
	}
}
