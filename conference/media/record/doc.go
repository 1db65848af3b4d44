// Package record writes what is received into files: pictures as IVF, the VP8 frames as they go to the
// decoder, and sound as WAV, as it is played. It reads both kinds again, for comparisons.
//
// A file is readable at every moment, also after the process was killed: a picture is written by one
// call, and the sizes in a WAV file's head are brought up to date every second. The names of files come
// from people we do not trust; a [Folder] makes safe ones of them, and never overwrites a file.
package record

import "errors"

// ErrFormat is the error of a file that is not what it should be.
var ErrFormat = errors.New("file format not understood")

// ErrFull is the error of a file that has reached the greatest size its format can state.
var ErrFull = errors.New("recording has reached the greatest size of its format")

// ErrClosed is the error of writing after Close.
var ErrClosed = errors.New("recording is closed")
