package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/absfs/shmkit/internal/demo"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) top() *cobra.Command {
	var every time.Duration
	c := &cobra.Command{
		Use: "top", Short: "watch the rings live", Args: a.names(0, "no argument"),
		Long: `top shows every ring, its rate and how full it is, until q. It needs a terminal.

With -o json it prints what ls does again and again, a line each, until Ctrl-C.

Keys: n sorts by name, r by records, b by bytes per second, f by fullness, / filters
by name, Esc forgets the filter, q quits.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if every < 50*time.Millisecond {
				return fmt.Errorf("%w: --every is at least 50ms", errUsage)
			}
			if a.output == "json" {
				return a.watch(c, every)
			}
			if !onTerminal(c) {
				return errors.New("top needs a terminal: use shmctl ls, or shmctl top -o json for a line each time")
			}
			m := &topModel{a: a, every: every, order: 'b', width: 80, height: 24}
			_, err := tea.NewProgram(m, tea.WithContext(c.Context()), tea.WithAltScreen(), tea.WithInput(c.InOrStdin()), tea.WithOutput(c.OutOrStdout())).Run()
			return err
		},
	}
	c.Flags().DurationVar(&every, "every", 500*time.Millisecond, "how often to look")
	return c
}

// onTerminal says whether the command is read and typed to at a terminal.
func onTerminal(c *cobra.Command) bool {
	in, typed := c.InOrStdin().(*os.File)
	out, read := c.OutOrStdout().(*os.File)
	return typed && read && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
}

// topRow is a ring at one moment.
type topRow struct {
	listing
	records, bytes float64 // per second
	full           float64
}

type topModel struct {
	a             *app
	every         time.Duration
	rows          []topRow
	before        map[string]listing
	at            time.Time
	err           error
	order         rune
	filter        string
	typing        bool
	width, height int
}

type looked struct {
	all []listing
	at  time.Time
	err error
}

func (m *topModel) look() tea.Msg {
	all, err := m.a.all()
	return looked{all, time.Now(), err}
}

// Init looks for the first time.
func (m *topModel) Init() tea.Cmd { return m.look }

// Update takes in what was seen and typed.
func (m *topModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case looked:
		m.take(msg)
		return m, tea.Tick(m.every, func(time.Time) tea.Msg { return m.look() })
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyMsg:
		if msg.Type != tea.KeyRunes {
			return m, m.key(msg)
		}
		// What was typed quickly comes in one message.
		for _, r := range msg.Runes {
			if cmd := m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}); cmd != nil {
				return m, cmd
			}
		}
	}
	return m, nil
}

func (m *topModel) key(k tea.KeyMsg) tea.Cmd {
	switch {
	case k.Type == tea.KeyCtrlC:
		return tea.Quit
	case k.Type == tea.KeyEsc:
		m.typing, m.filter = false, ""
	case m.typing && k.Type == tea.KeyEnter:
		m.typing = false
	case m.typing && k.Type == tea.KeyBackspace:
		_, n := utf8.DecodeLastRuneInString(m.filter)
		m.filter = m.filter[:len(m.filter)-n]
	case m.typing:
		m.filter += string(k.Runes)
	case k.String() == "q":
		return tea.Quit
	case k.String() == "/":
		m.typing = true
	case strings.Contains("nrbf", k.String()):
		m.order = k.Runes[0]
	}
	return nil
}

// take computes the rates since the look before.
func (m *topModel) take(l looked) {
	m.err = l.err
	seconds := l.at.Sub(m.at).Seconds()
	now := make(map[string]listing)
	m.rows = m.rows[:0]
	for _, x := range l.all {
		if x.Ring == nil {
			continue
		}
		r := topRow{listing: x, full: float64(x.Ring.Depth) / float64(max(x.Ring.Capacity, 1))}
		if old, ok := m.before[x.ID]; ok && seconds > 0 {
			r.records = float64(x.Ring.Producer.Records-old.Ring.Producer.Records) / seconds
			r.bytes = float64(x.Ring.Producer.Bytes-old.Ring.Producer.Bytes) / seconds
		}
		now[x.ID] = x
		m.rows = append(m.rows, r)
	}
	m.before, m.at = now, l.at
}

// View draws the screen.
func (m *topModel) View() string {
	rows := slices.DeleteFunc(slices.Clone(m.rows), func(r topRow) bool { return !strings.Contains(r.Name, m.filter) })
	slices.SortStableFunc(rows, func(x, y topRow) int {
		switch m.order {
		case 'r':
			return cmp.Compare(y.records, x.records)
		case 'b':
			return cmp.Compare(y.bytes, x.bytes)
		case 'f':
			return cmp.Compare(y.full, x.full)
		}
		return cmp.Compare(x.Name, y.Name)
	})
	var b strings.Builder
	head := fmt.Sprintf("%-24s %-8s %-8s %12s %10s  %-22s %10s %10s", "RING", "PRODUCER", "CONSUMER", "RECORDS/S", "MB/S", "FULL", "P WAITS", "C WAITS")
	fmt.Fprintln(&b, lipgloss.NewStyle().Bold(true).Reverse(true).Render(clip(head, m.width)))
	for i, r := range rows {
		if i >= m.height-3 {
			fmt.Fprintf(&b, "and %d more\n", len(rows)-i)
			break
		}
		line := fmt.Sprintf("%-24s %-8s %-8s %12.0f %10.1f  %s %3.0f%% %10d %10d", clip(demo.Clean(r.Name), 24),
			r.Ring.Producer.State, r.Ring.Consumer.State, r.records, r.bytes/1e6, bar(r.full, 16), r.full*100,
			r.Ring.Producer.Waits, r.Ring.Consumer.Waits)
		style := lipgloss.NewStyle()
		if r.Ring.Producer.State == "dead" || r.Ring.Consumer.State == "dead" {
			style = style.Foreground(lipgloss.Color("9"))
		}
		fmt.Fprintln(&b, style.Render(clip(line, m.width)))
	}
	switch {
	case m.err != nil:
		fmt.Fprintln(&b, demo.Clean(explain(m.err)))
	case len(rows) == 0:
		fmt.Fprintln(&b, "no rings")
	}
	if m.typing || m.filter != "" {
		fmt.Fprintf(&b, "filter: %s\n", m.filter)
	}
	return b.String() + clip("n name  r records  b bytes  f full  / filter  q quit", m.width)
}

// bar draws a fraction in n cells.
func bar(part float64, n int) string {
	full := int(part*float64(n) + 0.5)
	full = min(max(full, 0), n)
	return strings.Repeat("█", full) + strings.Repeat("·", n-full)
}

// clip cuts s to n cells.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:max(n, 0)])
	}
	return s
}
