package codec

import "errors"

// What callers of an encoder or decoder decide on.
var (
	// ErrUnavailable is the error of a codec whose library is not in this build.
	ErrUnavailable = errors.New("codec is not in this build")
	// ErrClosed is the error of every call after Close.
	ErrClosed = errors.New("codec is closed")
	// ErrSize is the error of a picture whose size is not the encoder's: the caller makes a new encoder.
	ErrSize = errors.New("picture has another size than its encoder")
	// ErrNeedKeyFrame is the error of a picture that refers to others which were never decoded.
	ErrNeedKeyFrame = errors.New("stream needs a key frame")
	// ErrTooLarge is the error of a picture larger than Confab takes from anybody.
	ErrTooLarge = errors.New("picture is too large")
	// ErrHidden is the error of a picture that is a reference for others and not meant to be shown. It
	// was decoded; the stream goes on.
	ErrHidden = errors.New("picture is not meant to be shown")
)
