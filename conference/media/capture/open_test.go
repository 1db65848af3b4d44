package capture_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"confab/conference/media/capture"
)

func TestNoneIsNoSource(t *testing.T) {
	if src, err := capture.OpenVideo(t.Context(), "none", capture.VideoOptions{}); src != nil || err != nil {
		t.Errorf("OpenVideo = %v, %v, want nil, nil", src, err)
	}
	if src, err := capture.OpenScreen(t.Context(), "none", capture.VideoOptions{}); src != nil || err != nil {
		t.Errorf("OpenScreen = %v, %v, want nil, nil", src, err)
	}
}

func TestFileThatCannotBeOpenedIsNamedInTheError(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "text")
	if err := os.WriteFile(text, []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]error{
		filepath.Join(folder, "missing"): capture.ErrNoFile,
		text:                             capture.ErrFormat,
	}
	for path, want := range tests {
		src, err := capture.OpenVideo(t.Context(), "file:"+path, capture.VideoOptions{})
		if src != nil || !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
			t.Errorf("OpenVideo(file:%s) = %v, %v, want %v", path, src, err, want)
		}
		sound, err := capture.OpenAudioFile(path)
		if sound != nil || !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
			t.Errorf("OpenAudioFile(%s) = %v, %v, want %v", path, sound, err, want)
		}
	}
	if _, err := capture.OpenVideo(t.Context(), "file:"+folder, capture.VideoOptions{}); err == nil {
		t.Error("a folder was played")
	}
}

func TestImpossibleOptionsAreRefused(t *testing.T) {
	for _, o := range []capture.VideoOptions{
		{Width: -1, Height: 10},
		{Width: 10},
		{Width: 8193, Height: 10},
		{FramesPerSecond: -1},
		{FramesPerSecond: math.NaN()},
		{FramesPerSecond: math.Inf(1)},
	} {
		if src, err := capture.OpenVideo(t.Context(), "test", o); err == nil {
			t.Errorf("OpenVideo took %+v", o)
			src.Close()
		}
		if src, err := capture.OpenScreen(t.Context(), "test", o); err == nil {
			t.Errorf("OpenScreen took %+v", o)
			src.Close()
		}
	}
}
