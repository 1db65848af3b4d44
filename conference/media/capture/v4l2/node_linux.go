package v4l2

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// node is an opened device file: the kernel's, or a test's.
type node interface {
	ioctl(request uintptr, argument unsafe.Pointer) error
	mmap(offset int64, length int) ([]byte, error)
	munmap(memory []byte) error
	// wait waits until a picture can be taken or taking one tells an error. It returns os.ErrClosed after
	// interrupt, and errSilent when nothing comes for so long.
	wait(patience time.Duration) error
	interrupt() // from any goroutine, also after close
	close() error
}

// file is a node of the kernel's.
type file struct {
	fd int

	mu   sync.Mutex
	wake int // an eventfd that ends a wait; -1 after close
}

// openFile opens a node in /dev.
func openFile(path string) (*file, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &file{fd: fd, wake: wake}, nil
}

// ioctl implements node. Signals do not end it. The pointer is turned into a number in the very call, as
// package unsafe asks, so that the structure cannot move.
func (f *file) ioctl(request uintptr, argument unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(f.fd), request, uintptr(argument))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
			continue
		}
		return errno
	}
}

func (f *file) mmap(offset int64, length int) ([]byte, error) {
	return unix.Mmap(f.fd, offset, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

func (f *file) munmap(memory []byte) error { return unix.Munmap(memory) }

func (f *file) wait(patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		fds := []unix.PollFd{{Fd: int32(f.fd), Events: unix.POLLIN}, {Fd: int32(f.wake), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(max(time.Until(deadline), 0).Milliseconds())+1)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("wait for a picture: %w", err)
		case fds[1].Revents != 0:
			return os.ErrClosed
		case n == 0:
			return errSilent
		}
		return nil // readable, or in error, which dequeuing tells
	}
}

func (f *file) interrupt() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wake >= 0 {
		var one [8]byte
		binary.NativeEndian.PutUint64(one[:], 1)
		_, _ = unix.Write(f.wake, one[:]) // fails only if the counter is full, and then it is set
	}
}

func (f *file) close() error {
	f.mu.Lock()
	wake := f.wake
	f.wake = -1
	f.mu.Unlock()
	return errors.Join(unix.Close(wake), unix.Close(f.fd))
}
