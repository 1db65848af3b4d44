package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"confab/conference"
	"confab/layout"
	"confab/ui/look"
	"confab/ui/sentence"
)

// gallery shows everybody's tile: one for each remote client that has a connection, one more for each
// shared screen, and our own.
type gallery struct {
	media   Media
	call    Call
	name    string // ours
	manager *layout.Manager
	view    fyne.CanvasObject
	self    *look.Tile
	pixels  want // of our own tile, as Media was told
	seats   map[string]*seat

	screen string // the shared screen in the first place; empty: none
	large  bool   // the main speaker is, while no screen is shared
}

// seat is the tile of one remote camera or screen.
type seat struct {
	tile   *look.Tile
	remote Remote // nil before there is a connection
	wish   wish
	blank  bool      // a screen of which nothing has come yet
	since  time.Time // of the repair under way; zero: none
	name   string    // on the plate
}

// screenSuffix makes the id of somebody's screen of the id of the person.
const screenSuffix = "/screen"

func newGallery(m Media, call Call, name string) *gallery {
	g := &gallery{
		media: m, call: call, name: name, manager: layout.NewManager(nil), self: look.NewTile(name),
		seats: make(map[string]*seat),
	}
	g.view = g.manager.Object()
	g.self.SetSurface(m.Preview(conference.Camera))
	g.manager.SetLocalView(g.self)
	return g
}

// render brings the tiles to a snapshot.
func (g *gallery) render(s *conference.Snapshot) {
	stay := make(map[string]bool, len(s.Participants))
	for _, p := range s.Participants {
		if p.State < conference.StateNew || p.State.Ended() {
			continue
		}
		id := string(p.ID)
		stay[id] = true
		g.renderPerson(id, p)
		if p.Metadata.Screen && p.State == conference.StateConnected {
			stay[id+screenSuffix] = true
			g.renderScreen(id+screenSuffix, p)
		}
	}
	for id := range g.seats {
		if !stay[id] {
			g.remove(id)
		}
	}
	g.self.SetSpeaking(s.Microphone.Speaking)
	g.arrange(s)
	g.refresh()
}

// renderPerson shows somebody in their tile, which is made if there is none.
func (g *gallery) renderPerson(id string, p conference.Participant) {
	s := g.seat(id, p.Name, conference.Camera)
	s.setRemote(g.call.Remote(p))
	if s.name != p.Name {
		s.name = p.Name
		s.tile.SetName(p.Name)
	}
	s.tile.SetMuted(!p.Metadata.Microphone)
	s.tile.SetCameraOn(p.Metadata.Camera)
	s.tile.SetQuality(p.Quality)
	s.tile.SetSpeaking(p.Speaking && p.Metadata.Microphone)
	s.since = time.Time{}
	switch {
	case p.State < conference.StateConnected:
		s.tile.SetStatus(sentence.Connecting(p.Name), "")
	case p.Reconnecting:
		s.since = p.Since // its tick says for how long
	default:
		s.tile.SetStatus("", "")
	}
}

// renderScreen shows somebody's screen in a tile of its own.
func (g *gallery) renderScreen(id string, p conference.Participant) {
	s := g.seat(id, sentence.Sharing(p.Name), conference.Screen)
	s.setRemote(g.call.Remote(p))
	if name := sentence.Sharing(p.Name); s.name != name {
		s.name = name
		s.tile.SetName(name)
	}
	s.tile.SetCropped(false)
	if s.blank {
		s.tile.SetStatus(sentence.ScreenComing, "")
	}
}

// seat is the one of an id; it is made if there is none.
func (g *gallery) seat(id, name string, slot conference.Slot) *seat {
	if s := g.seats[id]; s != nil {
		return s
	}
	s := &seat{tile: look.NewTile(name), name: name, wish: wish{slot: slot}, blank: slot == conference.Screen}
	g.seats[id] = s
	g.manager.AddRemoteView(id, s.tile)
	return s
}

// remove takes a tile away, and its picture out of the graphics card's memory.
func (g *gallery) remove(id string) {
	s := g.seats[id]
	if s == nil {
		return
	}
	delete(g.seats, id)
	if id == g.screen {
		g.screen = "" // without it, the others are in the order in which they came
	}
	s.tile.Release()
	g.manager.RemoveRemoteView(id)
}

// arrange gives a shared screen, the first if there are more, the large place, and the main speaker the
// first one beside it; or the main speaker the large place.
func (g *gallery) arrange(s *conference.Snapshot) {
	if g.screen == "" {
		for _, p := range s.Participants {
			if id := string(p.ID) + screenSuffix; g.seats[id] != nil {
				g.screen = id
				g.bringFirst(id)
				break
			}
		}
	}
	main := string(s.MainSpeaker)
	switch {
	case g.screen != "":
		g.manager.SetMode(layout.Share)
		g.bringTo(1, main)
	case g.large:
		g.manager.SetMode(layout.Speaker)
		g.bringTo(0, main)
	default:
		g.manager.SetMode(layout.Grid)
	}
}

// bringTo exchanges a view with the one at a place, if it is behind that: nobody else moves.
func (g *gallery) bringTo(place int, id string) {
	order := g.manager.RemoteViewIDs()
	if i := slices.Index(order, id); i > place {
		g.manager.SwapRemoteView(id, order[place])
	}
}

// bringFirst gives a view the first place; those before it move one place on.
func (g *gallery) bringFirst(id string) {
	order := g.manager.RemoteViewIDs()
	for i := slices.Index(order, id) - 1; i >= 0; i-- {
		g.manager.SwapRemoteView(id, order[i])
	}
}

// refresh shows our own tile as Media says it.
func (g *gallery) refresh() {
	cameraOn := g.media.Active(conference.Camera)
	inset := layout.Arrange(g.manager.Mode(), g.view.Size(), len(g.seats)).Inset
	g.self.SetInset(inset)
	g.self.SetCameraOn(cameraOn)
	g.self.SetMuted(!g.media.Active(conference.Microphone))
	if inset && cameraOn {
		g.self.SetName("You")
		g.self.SetNote("")
	} else {
		g.self.SetName(g.name) // whose initials are shown
		g.self.SetNote("(you)")
	}
}

// tick shows the newest pictures. ask is given what asks senders for another size, with a key of which only
// the newest matters.
func (g *gallery) tick(now time.Time, ask func(key string, do func())) {
	width, height := g.self.PixelSize()
	if pixels := (want{width, height}); pixels != g.pixels {
		g.pixels = pixels
		g.media.SetPreview(conference.Camera, width, height)
	}
	g.self.Tick()
	for id, s := range g.seats {
		if s.tile.Tick() && s.blank {
			s.blank = false
			s.tile.SetStatus("", "")
		}
		if !s.since.IsZero() {
			s.tile.SetStatus(sentence.Reconnecting(s.name), sentence.Trying(now.Sub(s.since)))
		}
		if s.wish.step(now, s.remote, s.view()) {
			remote, slot, v := s.remote, s.wish.slot, s.wish.last
			ask("view "+id, func() { remote.SetView(slot, v.width, v.height, v.visible()) })
		}
	}
}

// view is what the tile shows at the moment.
func (s *seat) view() want {
	if !s.tile.Visible() {
		return want{}
	}
	width, height := s.tile.PixelSize()
	return want{width, height}
}

// setRemote takes the pictures of a connection's media; a new connection has new ones.
func (s *seat) setRemote(r Remote) {
	if r == s.remote {
		return
	}
	s.remote = r
	if r == nil {
		s.tile.SetSurface(nil)
		return
	}
	s.tile.SetSurface(r.Surface(s.wish.slot))
}

// close takes all tiles away.
func (g *gallery) close() {
	for id := range g.seats {
		g.remove(id)
	}
	g.self.Release()
	g.manager.UnsetLocalView()
}
