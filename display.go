package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"confab/ui/sentence"
)

// checkDisplay returns sentence.ErrNoDisplay where no window can be shown: Fyne panics there. Windows and
// macOS always have a display.
func checkDisplay() error {
	switch runtime.GOOS {
	case "windows", "darwin":
		return nil
	}
	if os.Getenv("WAYLAND_DISPLAY") != "" {
		return nil
	}
	if err := dialDisplay(os.Getenv("DISPLAY")); err != nil {
		return fmt.Errorf("%w: %w", sentence.ErrNoDisplay, err)
	}
	return nil
}

// dialDisplay tries whether an X server answers at a display, which is named as X(7) has it:
// [host]:number[.screen].
func dialDisplay(display string) error {
	colon := strings.LastIndexByte(display, ':')
	if colon < 0 {
		return fmt.Errorf("DISPLAY=%q names no display", display)
	}
	host := display[:colon]
	number, _, _ := strings.Cut(display[colon+1:], ".")
	n, err := strconv.ParseUint(number, 10, 15)
	if err != nil {
		return fmt.Errorf("DISPLAY=%q names no display", display)
	}
	network, address := "tcp", net.JoinHostPort(host, strconv.FormatUint(6000+n, 10))
	if host == "" || host == "unix" {
		network, address = "unix", "/tmp/.X11-unix/X"+number
	}
	c, err := net.DialTimeout(network, address, 5*time.Second)
	if err != nil && network == "unix" && runtime.GOOS == "linux" {
		c, err = net.Dial(network, "@"+address) // the abstract socket, where /tmp is another one
	}
	if err != nil {
		return err
	}
	return c.Close()
}
