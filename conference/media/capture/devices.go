package capture

func openCamera(spec string, o VideoOptions) (VideoSource, error) { return nil, ErrUnsupported }
func openScreen(spec string, o VideoOptions) (VideoSource, error) { return nil, ErrUnsupported }
func Cameras() ([]Device, error)                                  { return nil, nil }
func Screens() ([]Device, error)                                  { return nil, nil }
