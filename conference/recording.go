package conference

import (
	"errors"
	"slices"
	"sync"

	"confab/conference/media"
	"confab/conference/media/record"
)

// recordQueue is how many pictures and blocks of sound wait for the disk: some ten seconds. What comes
// beyond is lost, and said so; neither decoder nor loudspeaker waits for a disk.
const recordQueue = 1500

// recorder writes what one remote client sends to files, over all its connections.
type recorder struct {
	files record.Files
	fail  func(error)
	ready chan struct{} // capacity 1: "look again"
	done  chan struct{}

	mu      sync.Mutex
	waiting []recordable
	lost    bool
	closed  bool
}

// recordable is one picture or one block of sound.
type recordable struct {
	slot          Slot // 0: sound
	frame         []byte
	width, height int
	stamp         uint32
	keyFrame      bool
	sound         media.AudioFrame
}

// ErrRecordSlow says that parts of a recording are missing.
var ErrRecordSlow = errors.New("disk is too slow for the recording")

// recorder gives the recorder of a participant, nil if nothing is to be recorded.
func (l *loop) recorder(p *participant) *recorder {
	folder := l.channel.client.folder
	if folder == nil || l.recorders[p.ID] != nil {
		return l.recorders[p.ID]
	}
	files, err := folder.Reserve(p.Name)
	if err != nil {
		l.emit(Problem{Err: err})
		return nil
	}
	r := &recorder{
		files: files, ready: make(chan struct{}, 1), done: make(chan struct{}),
		fail: func(err error) { l.work.put(func() { l.emit(Problem{Err: err}) }) },
	}
	l.recorders[p.ID] = r
	go r.run() // ends at close
	return r
}

func (r *recorder) picture(s Slot, frame []byte, width, height int, stamp uint32, keyFrame bool) {
	r.put(recordable{slot: s, frame: slices.Clone(frame), width: width, height: height, stamp: stamp, keyFrame: keyFrame})
}

func (r *recorder) sound(f media.AudioFrame) { r.put(recordable{sound: f}) }

func (r *recorder) put(x recordable) {
	r.mu.Lock()
	full := len(r.waiting) >= recordQueue
	first := full && !r.lost
	if !full && !r.closed {
		r.waiting = append(r.waiting, x)
	}
	r.lost = r.lost || full
	r.mu.Unlock()
	if first {
		r.fail(ErrRecordSlow)
	}
	r.wake()
}

func (r *recorder) wake() {
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

func (r *recorder) take() (all []recordable, closed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, r.waiting = r.waiting, nil
	return all, r.closed
}

// run writes until close. After the first error of a file it is written no more.
func (r *recorder) run() {
	defer close(r.done)
	t := tapes{files: r.files}
	for {
		<-r.ready
		all, closed := r.take()
		for _, x := range all {
			if err := t.write(x); err != nil {
				r.fail(err)
			}
		}
		if closed {
			if err := t.close(); err != nil {
				r.fail(err)
			}
			return
		}
	}
}

// close writes what waits and closes the files; nil is fine.
func (r *recorder) close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.wake()
	<-r.done
}

// tapes are the files of one recorder, each made when its first part comes.
type tapes struct {
	files          record.Files
	camera, screen *record.IVF
	sound          *record.WAV
	broken         [media.ScreenAudio + 1]bool
}

func (t *tapes) write(x recordable) error {
	if t.broken[x.slot] {
		return nil
	}
	var err error
	switch x.slot {
	case Camera:
		err = writePicture(&t.camera, t.files.Camera, x)
	case Screen:
		err = writePicture(&t.screen, t.files.Screen, x)
	default:
		if t.sound == nil {
			t.sound, err = record.CreateWAV(t.files.Sound)
		}
		if err == nil {
			err = t.sound.Write(x.sound.Samples[:])
		}
	}
	t.broken[x.slot] = err != nil
	return err
}

func writePicture(to **record.IVF, path string, x recordable) error {
	if *to == nil {
		w, err := record.CreateIVF(path)
		if err != nil {
			return err
		}
		*to = w
	}
	return (*to).Write(x.frame, x.width, x.height, x.stamp, x.keyFrame)
}

func (t *tapes) close() error {
	var errs []error
	if t.camera != nil {
		errs = append(errs, t.camera.Close())
	}
	if t.screen != nil {
		errs = append(errs, t.screen.Close())
	}
	if t.sound != nil {
		errs = append(errs, t.sound.Close())
	}
	return errors.Join(errs...)
}
