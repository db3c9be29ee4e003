package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/webui"
	"github.com/absfs/shmkit/shm/ring"
)

// live serves the page over two rings with something in them.
func live(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	p, err := ring.OpenProducer("orders", &ring.Options{Dir: dir, Create: true, Capacity: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	idle, err := ring.OpenProducer("trades", &ring.Options{Dir: dir, Create: true, Capacity: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := idle.TrySend(make([]byte, 30000)); err != nil {
		t.Fatal(err)
	}
	c, err := ring.OpenConsumer("orders", &ring.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(done)
		rec := make([]byte, 1000)
		for i := 0; ctx.Err() == nil; i++ {
			for range 1 + i*i%17 {
				_ = p.TrySend(rec) // full once in a while
			}
			for range i * 7 % 13 {
				_, _ = c.TryReceive(rec) // empty once in a while
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	ui := webui.New((&app{dir: dir}).glance, 200*time.Millisecond)
	ran := make(chan struct{})
	go func() { defer close(ran); ui.Run(ctx) }()
	s := httptest.NewServer(ui)
	t.Cleanup(func() {
		cancel()
		<-done
		<-ran
		s.CloseClientConnections()
		s.Close()
		for _, err := range []error{p.Close(), c.Close(), idle.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	return s.URL
}

func TestPageInABrowser(t *testing.T) {
	b := newBrowser(t)
	url := live(t)
	b.call(nil, "Page.navigate", map[string]any{"url": url + "/"})
	b.until(`document.querySelectorAll("#list tbody tr").length === 2`)
	b.until(`document.querySelectorAll("#chart-bytes .line").length === 1`)
	b.until(`document.getElementById("status").textContent === "2 rings, 0 other regions"`)
	b.until(`!document.getElementById("now-bytes").textContent.startsWith("0 ")`)

	t.Run("Keyboard", func(t *testing.T) { keyboard(t, b) })
	t.Run("NamesForScreenReaders", func(t *testing.T) { named(t, b) })
	for _, mode := range []string{"light", "dark"} {
		t.Run(mode, func(t *testing.T) { looks(t, b, mode) })
	}
	t.Run("LoadsOnlyItsOwn", func(t *testing.T) { own(t, b, url) })
}

func keyboard(t *testing.T, b *browser) {
	chosen := `document.getElementById("chosen").textContent`
	b.until(chosen + ` === "orders"`)
	b.press("j", 'J')
	b.until(chosen + ` === "trades"`)
	b.press("k", 'K')
	b.until(chosen + ` === "orders"`)
	b.press("p", 'P')
	b.until(`document.getElementById("pause").getAttribute("aria-pressed") === "true"`)
	b.press("p", 'P')
	b.until(`document.getElementById("pause").getAttribute("aria-pressed") === "false"`)
	b.press("/", 0xbf)
	b.until(`document.activeElement.id === "filter"`)
	b.press("t", 'T')
	b.press("r", 'R')
	b.until(`document.querySelectorAll("#list tbody tr").length === 1`)
	b.press("Escape", 27)
	b.until(`document.querySelectorAll("#list tbody tr").length === 2 && document.activeElement.id !== "filter"`)

	// Tab reaches a heading, which sorts, and a ring's name, which stays in
	// focus while looks come in.
	for range 30 {
		if b.value(`document.activeElement.dataset.sort`) == "full" {
			break
		}
		b.press("Tab", 9)
	}
	b.press("Enter", 13)
	b.until(`document.querySelector("[data-sort=full]").closest("th").getAttribute("aria-sort") === "descending"`)
	for range 30 {
		if b.value(`document.activeElement.textContent`) == "trades" {
			break
		}
		b.press("Tab", 9)
	}
	b.press("Enter", 13)
	b.until(chosen + ` === "trades"`)
	b.until(`new Promise((done) => { const n = past.length; const look = () => past.length > n + 1 ? done(true) : setTimeout(look, 20); look(); })`)
	if got := b.value(`document.activeElement.textContent`); got != "trades" {
		t.Errorf("the focus went to %v", got)
	}
	b.press("k", 'K')
	b.press("j", 'J')
}

// named looks for parts that a screen reader could not name.
func named(t *testing.T, b *browser) {
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name struct{ Value any }
		}
	}
	b.call(&tree, "Accessibility.getFullAXTree", nil)
	seen := map[string]int{}
	for _, n := range tree.Nodes {
		role, _ := n.Role.Value.(string)
		name, _ := n.Name.Value.(string)
		if n.Ignored {
			continue
		}
		seen[role]++
		switch role {
		case "button", "image", "img", "meter", "region", "searchbox", "link", "table", "heading":
			if strings.TrimSpace(name) == "" {
				t.Errorf("a %s without a name", role)
			}
		}
	}
	for _, role := range []string{"button", "meter", "status", "searchbox", "table", "columnheader", "rowheader", "main", "heading"} {
		if seen[role] == 0 {
			t.Errorf("no %s in the tree: %v", role, seen)
		}
	}
	// Numbers that change every second must not be read out.
	if b.value(`document.querySelectorAll("output, [aria-live], [role=status], [role=alert], [role=log]").length`) != 1.0 {
		t.Error("more than the status line is live")
	}
	if seen["image"]+seen["img"] < 2 {
		t.Errorf("the charts are not in the tree: %v", seen)
	}
}

// contrast is the smallest ratio between the colours of texts and their grounds,
// after WCAG 2.
const contrast = `(() => {
	const css = getComputedStyle(document.documentElement);
	const light = (name) => {
		const probe = document.createElement("i");
		probe.style.color = css.getPropertyValue(name);
		document.body.append(probe);
		const c = getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		probe.remove();
		return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
	};
	let least = 99;
	for (const text of ["--ink", "--soft", "--blue", "--bad", "--good"]) for (const ground of ["--ground", "--card"]) {
		const [a, b] = [light(text), light(ground)].sort((x, y) => y - x);
		least = Math.min(least, (a + 0.05) / (b + 0.05));
	}
	return least;
})()`

// looks checks colours and takes a picture, which is kept in $SHMKIT_PICTURES.
func looks(t *testing.T, b *browser, mode string) {
	b.call(nil, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": mode}}})
	b.until(`document.body.clientWidth > 0`)
	if got, ok := b.value(contrast).(float64); !ok || got < 4.5 {
		t.Errorf("contrast %v", got)
	}
	dark := b.value(`getComputedStyle(document.body).backgroundColor`) != "rgb(247, 247, 245)"
	if dark != (mode == "dark") {
		t.Errorf("ground %v", b.value(`getComputedStyle(document.body).backgroundColor`))
	}
	if b.value(`document.documentElement.scrollWidth <= document.documentElement.clientWidth`) != true {
		t.Error("the page is wider than the window")
	}
	var shot struct{ Data []byte }
	b.call(&shot, "Page.captureScreenshot", map[string]any{"format": "png"})
	if _, err := png.Decode(bytes.NewReader(shot.Data)); err != nil {
		t.Error(err)
	}
	if dir := os.Getenv("SHMKIT_PICTURES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "web-"+mode+".png"), shot.Data, 0o644); err != nil {
			t.Error(err)
		}
	}
}

// own checks that everything came from the server, and without complaints.
func own(t *testing.T, b *browser, url string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	requests := 0
	for _, e := range b.events {
		switch e.Method {
		case "Network.requestWillBeSent":
			var p struct{ Request struct{ URL string } }
			if err := json.Unmarshal(e.Params, &p); err != nil {
				t.Fatal(err)
			}
			if requests++; !strings.HasPrefix(p.Request.URL, url+"/") {
				t.Errorf("the page loads %s", p.Request.URL)
			}
		case "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled":
			t.Errorf("the browser says: %s", e.Params)
		}
	}
	if requests < 4 {
		t.Errorf("%d requests", requests)
	}
}
