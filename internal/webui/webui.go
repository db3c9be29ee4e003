package webui

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed assets
var assets embed.FS

// A Point is where a ring stood at one moment. Counters only grow.
type Point struct {
	Records uint64 `json:"records"`
	Bytes   uint64 `json:"bytes"`
	Depth   int64  `json:"depth"`
	Waits   uint64 `json:"waits"`
}

// A Look is what was found at one moment.
type Look struct {
	At     time.Time        `json:"at"`
	Points map[string]Point `json:"points"`          // by identity
	List   any              `json:"list,omitempty"`  // everything, for the page's tables
	Error  string           `json:"error,omitempty"` // why there is no list
}

// A Server is an http.Handler. Make it with New and keep Run running.
type Server struct {
	look  func() Look
	every time.Duration
	names []string
	mux   *http.ServeMux

	mu      sync.Mutex
	past    []Look // without lists, oldest first
	last    Look
	changed chan struct{} // closed at the next look
}

// kept is how far back a page sees.
const kept = 5 * time.Minute

// New returns a server that calls look once each interval while Run runs.
// names are the host names it answers to besides localhost and plain addresses.
func New(look func() Look, every time.Duration, names ...string) *Server {
	s := &Server{look: look, every: every, names: names, mux: http.NewServeMux(), changed: make(chan struct{})}
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	s.mux.Handle("/", http.FileServerFS(files))
	s.mux.HandleFunc("/events", s.events)
	return s
}

// Run looks until ctx ends, which also ends the streams of events.
func (s *Server) Run(ctx context.Context) {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		s.take(s.look())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Server) take(l Look) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = l
	l.List = nil
	s.past = append(s.past, l)
	if over := len(s.past) - int(kept/s.every) - 1; over > 0 {
		s.past = slices.Delete(s.past, 0, over)
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// ServeHTTP refuses what is not for this server and serves the rest.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if !s.knows(r.Host) {
		http.Error(w, "this server does not answer to that host name", http.StatusMisdirectedRequest)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "this page only reads", http.StatusMethodNotAllowed)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// knows reports whether host cannot be a name of somebody else's making.
func (s *Server) knows(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" {
		return true
	}
	return slices.ContainsFunc(s.names, func(n string) bool { return strings.EqualFold(n, host) })
}

// events streams the past once and then each look.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	if r.Method == http.MethodHead {
		return
	}
	out := http.NewResponseController(w)
	send := func(event string, v any) bool {
		data, err := json.Marshal(v)
		if err != nil {
			return false
		}
		// A page that stopped reading must not hold its connection forever; not
		// every ResponseWriter can set a deadline, and then the write waits.
		_ = out.SetWriteDeadline(time.Now().Add(10 * time.Second))
		_, err = w.Write([]byte("event: " + event + "\ndata: " + string(data) + "\n\n"))
		return err == nil && out.Flush() == nil
	}
	s.mu.Lock()
	past, last, changed := slices.Clone(s.past), s.last, s.changed
	s.mu.Unlock()
	ok := send("past", past)
	if !last.At.IsZero() {
		ok = ok && send("look", last)
	}
	for ok {
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		}
		s.mu.Lock()
		last, changed = s.last, s.changed
		s.mu.Unlock()
		ok = send("look", last)
	}
}
