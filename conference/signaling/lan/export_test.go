package lan

import "confab/conference/signaling"

// IDOf is the ID that a driver of this package has.
func IDOf(d signaling.Driver) signaling.PeerID { return d.(*driver).self.id }
