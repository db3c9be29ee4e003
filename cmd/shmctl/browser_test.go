package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"
)

// A browser is a headless Chromium with one page, spoken to through pipes: the
// Chrome DevTools Protocol.
type browser struct {
	t       *testing.T
	out     *os.File
	session string

	mu     sync.Mutex
	last   int
	wait   map[int]chan message
	events []message
}

type message struct {
	ID      int             `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("platform: no Chromium that listens to pipes")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not here: install the package of that name")
	}
	fromUs, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, toUs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "browser")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--remote-debugging-pipe", "--user-data-dir="+profile, "--window-size=1200,1000", "about:blank")
	c.ExtraFiles = []*os.File{fromUs, toUs}
	c.Env = append(os.Environ(), "HOME="+profile, "XDG_CONFIG_HOME="+profile, "XDG_CACHE_HOME="+profile)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	fromUs.Close()
	toUs.Close()
	b := &browser{t: t, out: out, wait: map[int]chan message{}}
	read := make(chan struct{})
	go func() { defer close(read); b.read(in) }()
	ended := make(chan struct{})
	go func() { defer close(ended); _ = c.Wait() }()
	t.Cleanup(func() {
		_, _ = b.try("Browser.close", nil)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = c.Process.Kill()
			<-ended
		}
		in.Close()
		out.Close()
		<-read
		os.RemoveAll(profile)
	})
	if _, err := b.try("Browser.getVersion", nil); err != nil {
		t.Skipf("platform: Chromium does not start here: %v", err)
	}
	var target struct {
		TargetID  string `json:"targetId"`
		SessionID string `json:"sessionId"`
	}
	b.call(&target, "Target.createTarget", map[string]any{"url": "about:blank"})
	b.call(&target, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true})
	b.session = target.SessionID
	for _, domain := range []string{"Page", "Network", "Runtime", "Log", "Accessibility"} {
		b.call(nil, domain+".enable", nil)
	}
	return b
}

// read takes messages, each ended by a zero byte.
func (b *browser) read(in *os.File) {
	for r := bufio.NewReader(in); ; {
		data, err := r.ReadBytes(0)
		var m message
		if err != nil || json.Unmarshal(bytes.TrimSuffix(data, []byte{0}), &m) != nil {
			b.mu.Lock()
			for _, w := range b.wait {
				close(w)
			}
			b.wait = nil
			b.mu.Unlock()
			return
		}
		b.mu.Lock()
		if w := b.wait[m.ID]; w != nil {
			delete(b.wait, m.ID)
			w <- m
		} else {
			b.events = append(b.events, m)
		}
		b.mu.Unlock()
	}
}

func (b *browser) try(method string, params any) (json.RawMessage, error) {
	p, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	if params == nil {
		p = []byte("{}")
	}
	b.mu.Lock()
	if b.wait == nil {
		b.mu.Unlock()
		return nil, fmt.Errorf("%s: the browser is gone", method)
	}
	b.last++
	m := message{ID: b.last, Method: method, Session: b.session, Params: p}
	answer := make(chan message, 1)
	b.wait[m.ID] = answer
	b.mu.Unlock()
	data, err := json.Marshal(m)
	if err == nil {
		_, err = b.out.Write(append(data, 0))
	}
	if err != nil {
		return nil, err
	}
	select {
	case m, ok := <-answer:
		if !ok || m.Error != nil {
			return nil, fmt.Errorf("%s: %s", method, m.Error)
		}
		return m.Result, nil
	case <-time.After(90 * time.Second):
		return nil, fmt.Errorf("%s: no answer", method)
	}
}

func (b *browser) call(result any, method string, params any) {
	b.t.Helper()
	data, err := b.try(method, params)
	if err == nil && result != nil {
		err = json.Unmarshal(data, result)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// value is what an expression is in the page.
func (b *browser) value(expression string) any {
	b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.call(&r, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true})
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	return r.Result.Value
}

// until waits for an expression to be true.
func (b *browser) until(expression string) {
	b.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if b.value(expression) == true {
			return
		}
	}
	b.t.Fatalf("never true: %s\n%v", expression, b.value("document.body.innerText"))
}

// press presses a key down and up: one that writes, or a named one.
func (b *browser) press(key string, code int) {
	b.t.Helper()
	p := map[string]any{"type": "keyDown", "key": key, "windowsVirtualKeyCode": code}
	if len(key) == 1 {
		p["text"] = key
	}
	if key == "Enter" {
		p["text"] = "\r"
	}
	b.call(nil, "Input.dispatchKeyEvent", p)
	b.call(nil, "Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "windowsVirtualKeyCode": code})
}
