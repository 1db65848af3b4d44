package layout_test

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"confab/layout"
)

// Three others in what a window of 1280x800 leaves between its head and its toolbar.
func ExampleArrange() {
	r := layout.Arrange(layout.Grid, fyne.NewSize(1280, 674), 3)
	for _, tile := range r.Remote {
		fmt.Printf("%gx%g at %g, %g\n", tile.Width, tile.Height, tile.X, tile.Y)
	}
	fmt.Printf("ourselves: %gx%g at %g, %g\n", r.Local.Width, r.Local.Height, r.Local.X, r.Local.Y)
	// Output:
	// 618x315 at 16, 16
	// 618x315 at 646, 16
	// 618x315 at 331, 343
	// ourselves: 186x116 at 751, 530
}

func ExampleManager() {
	m := layout.NewManager(nil) // in a program: NewManager(fyne.Do), and m.Object() in a window
	m.SetLocalView(canvas.NewRectangle(nil))
	m.AddRemoteView("ana", canvas.NewRectangle(nil))
	m.AddRemoteView("ben", canvas.NewRectangle(nil))
	m.SwapRemoteView("ana", "ben")
	m.RemoveRemoteView("ana")
	fmt.Println(m.RemoteViewIDs())
	// Output: [ben]
}
