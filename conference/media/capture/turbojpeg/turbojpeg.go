// Package turbojpeg decodes the pictures of Motion JPEG cameras with libjpeg-turbo, three to four times as
// fast as image/jpeg: straight to planes, whose rows of chroma are then averaged and whose levels are
// brought from JPEG's full range to the limited one, in one call into C a picture.
//
// It is in builds for Linux with cgo, where cameras are read that need it; [Available] tells.
package turbojpeg
