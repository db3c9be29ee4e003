package shmfile

import (
	"net"
	"os"
)

// Send passes the descriptor of f with one byte of data.
func Send(conn *net.UnixConn, f *os.File) error { return send(conn, f) }

// Receive takes one message and the descriptor that came with it; io.EOF when
// the other end is gone. The descriptor is not inherited by children.
func Receive(conn *net.UnixConn) (*os.File, error) { return receive(conn) }

// Duplicate gives a second descriptor of the same open file: locks and position
// are shared.
func Duplicate(f *os.File) (*os.File, error) { return duplicate(f) }
