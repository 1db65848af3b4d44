package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"confab/conference/media"
	"confab/conference/media/capture/y4m"
)

// videoFile plays a file of pictures in real time, at its own rate and size, over and over. A reader who
// is late misses pictures.
type videoFile struct {
	path   string
	file   *os.File
	reader *y4m.Reader
	pool   *media.Pool
	pace   pace
	closing

	position int64 // pictures since the start, of all rounds, that were read or passed over
	round    int64 // pictures in the file; 0 until its end was seen
}

func openVideoFile(path string, pool *media.Pool) (*videoFile, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	r, err := y4m.NewReader(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open %q: %w", path, formatError(err))
	}
	if pool == nil {
		pool = new(media.Pool)
	}
	return &videoFile{
		path: path, file: file, reader: r, pool: pool, closing: newClosing(),
		pace: pace{num: r.Numerator, den: r.Denominator},
	}, nil
}

// Read implements VideoSource.
func (v *videoFile) Read(ctx context.Context) (*media.VideoFrame, error) {
	tick, at, err := v.pace.wait(ctx, v.done)
	if err != nil {
		return nil, err
	}
	f := v.pool.Frame(v.reader.Width, v.reader.Height)
	if err := v.read(tick, f); err != nil {
		f.Release()
		select {
		case <-v.done:
			return nil, io.EOF // closed meanwhile
		default:
			return nil, fmt.Errorf("play %q: %w", v.path, formatError(err))
		}
	}
	if v.reader.FullRange {
		limitRange(f)
	}
	f.Captured = at
	return f, nil
}

// read reads the picture of a tick, starting over at the end of the file as often as it takes.
func (v *videoFile) read(tick int64, f *media.VideoFrame) error {
	if v.round > 0 {
		v.position += (tick - v.position) / v.round * v.round
	}
	rewound := false // twice in a row: the file has shrunk to nothing
	for {
		step := v.reader.Skip
		if v.position == tick {
			step = func() error { return v.reader.Read(f) }
		}
		switch err := step(); {
		case err == nil:
			v.position++
			rewound = false
			if v.position > tick {
				return nil
			}
		case errors.Is(err, io.EOF) && v.position > 0 && !rewound:
			if v.round == 0 {
				v.round = v.position
				v.position += (tick - v.position) / v.round * v.round
			}
			v.reader.Rewind()
			rewound = true
		default:
			return err
		}
	}
}

// Close implements VideoSource.
func (v *videoFile) Close() error { return v.shut(v.file.Close) }

// openFile opens a file to play.
func openFile(path string) (*os.File, error) {
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("open %q: %w", path, ErrNoFile)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("open %q: %w", path, ErrDenied)
	case err != nil:
		return nil, err
	}
	return file, nil
}

// formatError marks what a parser says as ErrFormat, save what the system says about reading.
func formatError(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}
