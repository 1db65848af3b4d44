package console

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"confab/conference"
	"confab/conference/media"
	"confab/conference/signaling"
)

// maxCommand bounds a line of input, in bytes.
const maxCommand = 64 << 10

// ErrCommand is what every refused line of input is.
var ErrCommand = errors.New("command not understood")

// command is one line of input.
type command struct {
	Do      string           `json:"do"`
	Kind    string           `json:"kind"`
	On      bool             `json:"on"`
	Source  string           `json:"source"`
	ID      signaling.PeerID `json:"id"`
	Slot    string           `json:"slot"`
	Width   int              `json:"width"`
	Height  int              `json:"height"`
	Visible bool             `json:"visible"`
	To      signaling.PeerID `json:"to"`
	Text    string           `json:"text"`
}

// readCommands hands over one command after the other until the input ends or somebody leaves.
func readCommands(in io.Reader, each func(command) (leave bool), refuse func(error)) {
	r := bufio.NewReaderSize(in, maxCommand)
	for {
		line, err := readLine(r)
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var c command
			if err := json.Unmarshal(line, &c); err != nil {
				refuse(fmt.Errorf("%w: %v", ErrCommand, err))
			} else if each(c) {
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, bufio.ErrBufferFull):
			refuse(fmt.Errorf("%w: line is longer than %d bytes", ErrCommand, maxCommand))
		case errors.Is(err, io.EOF):
			return
		default:
			refuse(fmt.Errorf("read commands: %w", err))
			return
		}
	}
}

// readLine gives a line, the last one with io.EOF, until the next call. One that is longer than the
// reader's buffer is passed over and gives bufio.ErrBufferFull.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	if err == nil {
		err = bufio.ErrBufferFull
	}
	return nil, err
}

// run carries out one command.
func (c *call) run(ctx context.Context, cmd command) (leave bool, err error) {
	switch cmd.Do {
	case "mute":
		return false, c.mute(cmd)
	case "share":
		return false, c.share(ctx, cmd)
	case "tile":
		return false, c.tile(cmd)
	case "chat":
		return false, c.channel.SendChat(ctx, cmd.To, cmd.Text)
	case "leave":
		return true, nil
	}
	return false, fmt.Errorf("%w: do %.32q, want mute, share, tile, chat or leave", ErrCommand, cmd.Do)
}

func (c *call) mute(cmd command) error {
	switch cmd.Kind {
	case "audio":
		c.local.SetMuted(conference.Microphone, cmd.On)
	case "video":
		c.local.SetMuted(conference.Camera, cmd.On)
	default:
		return fmt.Errorf("%w: mute kind %.32q, want audio or video", ErrCommand, cmd.Kind)
	}
	return nil
}

func (c *call) share(ctx context.Context, cmd command) error {
	if !cmd.On {
		return c.local.SetVideo(conference.Screen, nil)
	}
	return c.shareScreen(ctx, cmd.Source)
}

func (c *call) tile(cmd command) error {
	slot := conference.Camera
	if cmd.Slot != "" {
		var ok bool
		if slot, ok = media.ParseSlot(cmd.Slot); !ok || !slot.Video() {
			return fmt.Errorf("%w: tile slot %.32q, want camera or screen", ErrCommand, cmd.Slot)
		}
	}
	if cmd.Width < 0 || cmd.Height < 0 || cmd.Width > media.MaxDimension || cmd.Height > media.MaxDimension {
		return fmt.Errorf("%w: tile of %dx%d, 0 to %d pixels each", ErrCommand, cmd.Width, cmd.Height, media.MaxDimension)
	}
	for _, p := range c.channel.Snapshot().Participants {
		if p.ID == cmd.ID && p.Media != nil {
			p.Media.SetView(slot, cmd.Width, cmd.Height, cmd.Visible)
			return nil
		}
	}
	return fmt.Errorf("tile of %.64q: %w", cmd.ID, conference.ErrNoClient)
}
