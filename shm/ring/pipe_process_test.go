package ring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"testing"
	"time"
)

// echo sends back what those who dial "l" say.
func echo(o *Options) error {
	l, err := Listen("l", o)
	if err != nil {
		return err
	}
	fmt.Println("listening")
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() { _, _ = io.Copy(c, c); c.Close() }()
	}
}

// dialAndWait says something to "l" and waits to be killed.
func dialAndWait(o *Options) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := Dial(ctx, "l", o)
	if err != nil {
		return err
	}
	if _, err := c.Write([]byte("last words")); err != nil {
		return err
	}
	_, err = c.Read(make([]byte, 1))
	return err
}

// dialSoon dials a listener that is being started.
func dialSoon(t *testing.T, o *Options) *Pipe {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		c, err := Dial(t.Context(), "l", o)
		if err == nil {
			t.Cleanup(func() { c.Close() })
			return c
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrPeerDead) || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestAPipeBetweenProcessesOutlivesNobodyButSaysSo(t *testing.T) {
	o := &Options{Dir: t.TempDir()}
	for range 2 { // the second listener follows one that was killed
		cmd, _ := start(t, "echo", o.Dir)
		c := dialSoon(t, o)
		sent := bytes.Repeat([]byte("over and over "), 20_000)
		wrote := make(chan error, 1)
		go func() { _, err := c.Write(sent); wrote <- err }()
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("the echo differs: %v", err)
		}
		if err := <-wrote; err != nil {
			t.Fatal(err)
		}
		read := make(chan error, 1)
		go func() { _, err := c.Read(got); read <- err }()
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := <-read; !errors.Is(err, ErrPeerDead) {
			t.Errorf("a read from the dead: %v", err)
		}
		var err error
		for err == nil { // until the ring is full
			_, err = c.Write(sent)
		}
		if !errors.Is(err, ErrPeerDead) {
			t.Errorf("a write to the dead: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait()
		if _, err := Dial(t.Context(), "l", o); !errors.Is(err, ErrPeerDead) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("dialling the dead: %v", err)
		}
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestADiallerThatWasKilledIsHeardToTheEnd(t *testing.T) {
	o := &Options{Dir: t.TempDir()}
	l, err := Listen("l", o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 3 {
		cmd, _ := start(t, "dial", o.Dir)
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		for c.(*Pipe).c.Stats().Depth == 0 {
			time.Sleep(time.Millisecond)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		got, err := io.ReadAll(c)
		if string(got) != "last words" || !errors.Is(err, ErrPeerDead) {
			t.Errorf("%q, %v", got, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}
