package transport

import (
	"log/slog"

	piontransport "github.com/pion/transport/v4"

	"confab/conference/signaling"
)

// Options of an [Engine]; the zero value is what a call uses.
type Options struct {
	ICEServers    []signaling.ICEServer // STUN and TURN servers; none: only this machine's own addresses
	RelayOnly     bool                  // only paths through a TURN server
	HideAddresses bool                  // offer mDNS names instead of this machine's addresses
	Net           piontransport.Net     // nil: the system's, with the interfaces of the moment
	Logger        *slog.Logger          // nil: discard
}

// fill checks the options and sets the defaults.
func (o *Options) fill() error {
	for _, s := range o.ICEServers {
		if err := CheckICEServer(s); err != nil {
			return err
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Net == nil {
		n, err := newSystemNet()
		if err != nil {
			return err
		}
		o.Net = n
	}
	return nil
}
