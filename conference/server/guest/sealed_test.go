package guest_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestThePageMeetsInASealedCall has the page come to a sealed call, hear of somebody without the key, and meet
// somebody who comes later.
func TestThePageMeetsInASealedCall(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	invitation := "http://" + address + "/r/sealed#0123456789abcdefghijklmnopqrstuv"
	ana := newPerson(t, "Ana", address, "sealed", "--room", invitation)
	p.run(fmt.Sprintf("await page.goto(%q)", invitation))
	p.shows("document.querySelector('#preview video')?.videoWidth")
	p.fill("name", "Dina")
	p.click("join")
	p.sees(1, 10)
	ana.sees(1, 10)
	p.shows(plate("Ana"))
	ben := newPerson(t, "Ben", address, "sealed", "--room", invitation)
	p.sees(2, 10)
	ben.sees(2, 10)
	newPerson(t, "Nobody", address, "sealed")
	p.shows("document.querySelector('#toast').textContent.startsWith('Nobody came without the invitation')")
	if shown := value[string](p, "location.hash"); !strings.HasSuffix(invitation, shown) {
		t.Errorf("what follows the # became %q", shown)
	}
}
