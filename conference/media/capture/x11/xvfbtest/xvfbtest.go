// Package xvfbtest starts X servers without a screen for tests, and draws on them.
//
// It speaks the X11 protocol itself (X.Org, "X Window System Protocol", version 11, and the RandR
// extension's randrproto.txt), so that what tests compare with does not come through the code they test.
package xvfbtest

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Server is an X server of the test's own, and a connection to it.
type Server struct {
	Display string // for DISPLAY

	t    testing.TB
	cmd  *exec.Cmd
	conn net.Conn
	root uint32
	base uint32 // of the IDs that are ours to give
}

// Start starts an X server with one screen of the given size in pixels, 24 bits deep, sets DISPLAY to it
// for the test, and ends it with the test. Without Xvfb the test fails.
func Start(t testing.TB, width, height int) *Server {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := &Server{t: t}
	s.cmd = exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp")
	s.cmd.ExtraFiles = []*os.File{w}
	err = s.cmd.Start()
	w.Close()
	if err != nil {
		t.Fatalf("start Xvfb (Debian: apt-get install xvfb): %v", err)
	}
	t.Cleanup(s.Stop)
	number, err := io.ReadAll(r) // it closes its end once it is ready
	if err != nil || len(number) == 0 {
		t.Fatalf("Xvfb gave no display: %q, %v", number, err)
	}
	s.Display = ":" + strings.TrimSpace(string(number))
	t.Setenv("DISPLAY", s.Display)
	s.connect()
	return s
}

// Stop ends the server. Start's cleanup calls it, too.
func (s *Server) Stop() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
	if s.cmd.ProcessState == nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
	}
}

// connect sets the connection up (section 8 of the protocol).
func (s *Server) connect() {
	s.t.Helper()
	conn, err := net.Dial("unix", "/tmp/.X11-unix/X"+s.Display[1:])
	if err != nil {
		s.t.Fatal(err)
	}
	s.conn = conn
	s.write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	head := s.read(8)
	rest := s.read(4 * int(binary.LittleEndian.Uint16(head[6:])))
	if head[0] != 1 {
		s.t.Fatalf("X server refused the connection: %q", rest)
	}
	s.base = binary.LittleEndian.Uint32(rest[4:])
	vendor, formats := int(binary.LittleEndian.Uint16(rest[16:])), int(rest[21])
	s.root = binary.LittleEndian.Uint32(rest[32+(vendor+3)/4*4+8*formats:])
}

func (s *Server) write(b []byte) {
	s.t.Helper()
	if _, err := s.conn.Write(b); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) read(n int) []byte {
	s.t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(s.conn, b); err != nil {
		s.t.Fatal(err)
	}
	return b
}

// request sends a request of fields of whatever fixed size, padded.
func (s *Server) request(opcode, detail byte, fields ...any) {
	s.t.Helper()
	b := []byte{opcode, detail, 0, 0}
	for _, f := range fields {
		b, _ = binary.Append(b, binary.LittleEndian, f)
	}
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	binary.LittleEndian.PutUint16(b[2:], uint16(len(b)/4))
	s.write(b)
}

// reply reads the reply to the last request.
func (s *Server) reply() []byte {
	s.t.Helper()
	for {
		b := s.read(32)
		switch b[0] {
		case 0:
			s.t.Fatalf("X error %d of request %d.%d", b[1], b[10], b[8])
		case 1:
			return append(b, s.read(4*int(binary.LittleEndian.Uint32(b[4:])))...)
		}
	}
}

// sync waits until the server has done everything so far (GetInputFocus).
func (s *Server) sync() {
	s.t.Helper()
	s.request(43, 0)
	s.reply()
}

// Fill fills a rectangle of the screen with a colour, 0xRRGGBB.
func (s *Server) Fill(x, y, width, height int, colour uint32) {
	s.t.Helper()
	gc := s.base
	s.request(55, 0, gc, s.root, uint32(4), colour) // CreateGC
	s.request(70, 0, s.root, gc, int16(x), int16(y), uint16(width), uint16(height))
	s.request(60, 0, gc) // FreeGC
	s.sync()
}

// MovePointer moves the pointer.
func (s *Server) MovePointer(x, y int) {
	s.t.Helper()
	s.request(41, 0, uint32(0), s.root, [8]byte{}, int16(x), int16(y))
	s.sync()
}

// SetMonitor makes a monitor (RandR 1.5) that shows a rectangle of the screen. To change one, delete it
// first.
func (s *Server) SetMonitor(name string, x, y, width, height int) {
	s.t.Helper()
	s.request(s.randr(), 43, s.root, s.atom(name), [4]byte{}, int16(x), int16(y), uint16(width), uint16(height), uint32(100), uint32(100))
	s.sync()
}

// DeleteMonitor unplugs a monitor that SetMonitor made.
func (s *Server) DeleteMonitor(name string) {
	s.t.Helper()
	s.request(s.randr(), 44, s.root, s.atom(name))
	s.sync()
}

func (s *Server) randr() byte {
	s.t.Helper()
	const name = "RANDR"
	s.request(98, 0, uint16(len(name)), uint16(0), []byte(name)) // QueryExtension
	r := s.reply()
	if r[8] == 0 {
		s.t.Fatal("X server has no RandR")
	}
	s.request(r[9], 0, uint32(1), uint32(5)) // QueryVersion
	s.reply()
	return r[9]
}

func (s *Server) atom(name string) uint32 {
	s.t.Helper()
	s.request(16, 0, uint16(len(name)), uint16(0), []byte(name)) // InternAtom
	return binary.LittleEndian.Uint32(s.reply()[8:])
}

// PID is the server's process.
func (s *Server) PID() int { return s.cmd.Process.Pid }
