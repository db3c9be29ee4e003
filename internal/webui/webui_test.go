package webui

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func serverForTest(t *testing.T) *Server {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := New(func() Look {
		return Look{At: time.Now(), Points: map[string]Point{"1": {Bytes: 7}}, List: []string{"orders"}}
	}, 20*time.Millisecond, "rings.example")
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

func TestAnswersToNoNameOfAnotherSite(t *testing.T) {
	s := serverForTest(t)
	for host, want := range map[string]int{
		"127.0.0.1:9401": 200, "[::1]:9401": 200, "localhost": 200, "LOCALHOST.:80": 200, "10.1.2.3": 200, "rings.example:1": 200,
		"evil.example": 421, "127.0.0.1.evil.example:9401": 421, "localhost.evil.example": 421, "": 421,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("host %q: %d, not %d", host, w.Code, want)
		}
	}
}

func TestRefusesToChangeAnything(t *testing.T) {
	s := serverForTest(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		for _, path := range []string{"/", "/events"} {
			r := httptest.NewRequest(method, path, strings.NewReader("x"))
			r.Host = "localhost"
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
}

func TestLoadsNothingFromElsewhere(t *testing.T) {
	s := serverForTest(t)
	for _, path := range []string{"/", "/page.js", "/page.css", "/icon.svg"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
		body := strings.ReplaceAll(w.Body.String(), "http://www.w3.org/2000/svg", "") // a namespace, never fetched
		if strings.Contains(body, "//") && (strings.Contains(body, "http:") || strings.Contains(body, "https:")) {
			t.Errorf("%s names another site", path)
		}
	}
}

func TestStreamsThePastThenEachLook(t *testing.T) {
	s := serverForTest(t)
	server := httptest.NewServer(s)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	var events []string
	for in := bufio.NewScanner(res.Body); len(events) < 4 && in.Scan(); {
		if e, ok := strings.CutPrefix(in.Text(), "event: "); ok {
			events = append(events, e)
		}
		if e, ok := strings.CutPrefix(in.Text(), "data: {"); ok && !strings.Contains(e, `"list":["orders"]`) {
			t.Errorf("look without a list: %s", e)
		}
	}
	if got := strings.Join(events, " "); got != "past look look look" {
		t.Errorf("events %q", got)
	}
}

func TestKeepsMinutesAndNotMore(t *testing.T) {
	s := New(nil, time.Minute)
	for i := range 20 {
		s.take(Look{At: time.Unix(int64(i), 0), List: "x"})
	}
	if len(s.past) != 6 || s.past[0].At.Unix() != 14 || s.past[5].List != nil {
		t.Errorf("%d looks from %v", len(s.past), s.past[0])
	}
}
