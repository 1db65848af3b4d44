// Package v4l2 captures from cameras through Linux' Video4Linux2, single-planar, with mapped buffers.
//
// [List] looks at the nodes in /dev for a moment; nothing else is opened before [Open]. Then [Device.Modes]
// says what the camera can do, [Device.Start] makes it run in one mode and says what mode that really
// became, and [Device.Next] gives pictures as the camera wrote them. Errors of the driver are
// [golang.org/x/sys/unix.Errno]: EBUSY from Start when another program has the camera, ENODEV from Next
// when it was unplugged.
//
// It is our own because pion/mediadevices' driver looks for cameras in an init function: a program that
// imports it was seen to open every /dev/video* read-write before main runs, whether or not its user
// ever turns a camera on. That driver also takes the size it asked for as the one it got, which garbles
// the pictures of cameras that chose another, turns EBUSY into text, and lists metadata nodes and video
// outputs as cameras.
//
// The interface is described in the kernel's "Video for Linux API", userspace-api/media/v4l.
package v4l2

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxEntries bounds every list that a driver gives.
const maxEntries = 256

// Info is a camera of this machine.
type Info struct {
	Path string // such as /dev/video0; changes when cameras come and go
	Name string // for people
	Bus  string // where it is plugged in, such as usb-0000:00:14.0-1; "": not known, since it may not be opened
}

// List finds the nodes that capture video, in the order of their numbers. A node that may not be opened
// is listed with what the system tells of it.
func List() ([]Info, error) {
	names, err := filepath.Glob("/sys/class/video4linux/video*")
	if err != nil {
		return nil, err
	}
	slices.SortFunc(names, func(a, b string) int { return number(a) - number(b) })
	var infos []Info
	for _, name := range names {
		path := "/dev/" + filepath.Base(name)
		info, err := inspect(path)
		switch {
		case err == nil:
			infos = append(infos, info)
		case errors.Is(err, unix.EACCES) && attribute(name, "index") == "0":
			// Other indexes are metadata and the like, more often than not.
			infos = append(infos, Info{Path: path, Name: attribute(name, "name")})
		}
	}
	return infos, nil
}

// Nodes is a text that is another one whenever a node came, went, or may be opened by others than before.
// It opens nothing.
func Nodes() string {
	names, err := filepath.Glob("/sys/class/video4linux/video*")
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, name := range names {
		var s unix.Stat_t
		_ = unix.Stat("/dev/"+filepath.Base(name), &s) // zero while it is not there yet
		fmt.Fprintln(&b, name, attribute(name, "name"), s.Rdev, s.Ctim.Sec, s.Ctim.Nsec)
	}
	return b.String()
}

// number is the number at the end of a node's name.
func number(name string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(filepath.Base(name), "video"))
	return n
}

// attribute is a line that sysfs tells about a node.
func attribute(folder, name string) string {
	b, _ := os.ReadFile(filepath.Join(folder, name))
	return strings.TrimSpace(string(b))
}

// inspect opens a node to see whether it is a camera.
func inspect(path string) (Info, error) {
	d, err := Open(path)
	if err != nil {
		return Info{}, err
	}
	defer d.Close()
	return d.info, nil
}

// errNotCamera is what nodes say that do not capture video.
var errNotCamera = errors.New("node does not capture video")

// Device is an opened camera. All but Interrupt is for one goroutine at a time.
type Device struct {
	node node
	info Info
	stream
}

// Open opens a node. This lights no lamp and keeps nobody else out; Start does.
func Open(path string) (*Device, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	d, err := newDevice(f, path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(err, f.close()))
	}
	return d, nil
}

// newDevice makes sure that a node is a camera, which owns it from then on.
func newDevice(n node, path string) (*Device, error) {
	d := &Device{node: n, info: Info{Path: path}}
	if err := d.query(); err != nil {
		return nil, err
	}
	return d, nil
}

// query makes sure that the node is a camera.
func (d *Device) query() error {
	var c capability
	if err := call(d.node, reqQueryCap, &c); err != nil {
		return err
	}
	caps := c.capabilities
	if caps&capDeviceCaps != 0 {
		caps = c.deviceCaps // the whole device may also have outputs and metadata
	}
	if caps&capVideoCapture == 0 || caps&capStreaming == 0 {
		return errNotCamera
	}
	d.info.Name, d.info.Bus = text(c.card[:]), text(c.busInfo[:])
	return nil
}

// text is a string of C, cleaned of what is no UTF-8.
func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return strings.TrimSpace(strings.ToValidUTF8(string(b), "?"))
}

// Info is what List says of this camera.
func (d *Device) Info() Info { return d.info }
