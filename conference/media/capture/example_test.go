package capture_test

import (
	"context"
	"fmt"

	"confab/conference/media/capture"
	"confab/conference/media/capture/pattern"
)

func ExampleOpenVideo() {
	ctx := context.Background()
	src, err := capture.OpenVideo(ctx, "test:ana", capture.VideoOptions{Width: 640, Height: 360})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	f, err := src.Read(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Release()
	code, ok := pattern.ReadCode(f)
	fmt.Println(ok, code.Frame, code.Source == pattern.SourceOf("ana"))
	// Output: true 0 true
}
