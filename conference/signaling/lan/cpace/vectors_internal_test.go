package cpace

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

// The vectors of draft-irtf-cfrg-cpace, "CPace using group X25519 and hash SHA-512".
const (
	vectorSid       = "7e4b4791d6a8ef019b936c79fb7f2c57"
	vectorContext   = "0a41696e69746961746f720a42726573706f6e646572"
	vectorGenerator = "4e6098733061c0e8486611a904fe5edb049804d26130a44131a6229e55c5c321"
	vectorScalarA   = "45acf93116ae5d3dae995a7c627df2924321a8e857d9a200807131e38839b0c2"
	vectorScalarB   = "a145e914b347002d298ce2051394f0ed68cf3623dfe5db082c78ffa5a667acdc"
	vectorShareA    = "6f7fd31863b18b0cc9830fc842c60dea80120ccf2fd375498225e45a52065361"
	vectorShareB    = "e1b730a4956c0f853d96c5d125cebeeea46952c07c6f66da65bd9ffd2f71a462"
	vectorKey       = "99a9e0ff35acb94ad8af1cd6b32ac409dc7d00557ccd9a7d19d3b4629e5f1f08" +
		"4f9332096162438c7ecc78331b4eda17e1a229a47182eccc9ea58cd9cdcd8e9a"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExchangeIsThatOfTheDraft(t *testing.T) {
	sid, context := unhex(t, vectorSid), unhex(t, vectorContext)
	if g := generator([]byte("Password"), context, sid); !bytes.Equal(g, unhex(t, vectorGenerator)) {
		t.Errorf("generator %x, want %s", g, vectorGenerator)
	}
	a, err := start(unhex(t, vectorScalarA), []byte("Password"), context, sid)
	if err != nil {
		t.Fatal(err)
	}
	b, err := start(unhex(t, vectorScalarB), []byte("Password"), context, sid)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Share(), unhex(t, vectorShareA)) || !bytes.Equal(b.Share(), unhex(t, vectorShareB)) {
		t.Errorf("shares %x and %x, want %s and %s", a.Share(), b.Share(), vectorShareA, vectorShareB)
	}
	ka, err := a.key(Initiator, b.Share(), []byte("ADa"), []byte("ADb"))
	if err != nil {
		t.Fatal(err)
	}
	kb, err := b.key(Responder, a.Share(), []byte("ADb"), []byte("ADa"))
	if err != nil {
		t.Fatal(err)
	}
	if want := unhex(t, vectorKey); !bytes.Equal(ka, want) || !bytes.Equal(kb, want) {
		t.Errorf("keys %x and %x, want %x", ka, kb, want)
	}
}

func TestLengthsStandBeforeFields(t *testing.T) {
	if got, want := concat([]byte("1234"), []byte("5"), nil, []byte("6789")), unhex(t, "04313233340135000436373839"); !bytes.Equal(got, want) {
		t.Errorf("concat = %x, want %x", got, want)
	}
	if got := concat(make([]byte, 128)); !bytes.Equal(got[:3], []byte{0x80, 1, 0}) {
		t.Errorf("length of 128 bytes is written %x", got[:2])
	}
}

// The points of low order that the draft lists: whoever sends one knows the key without the password.
func TestSharesOfLowOrderAreRefused(t *testing.T) {
	for _, share := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"", "00",
	} {
		x := Start([]byte("x"), nil, nil)
		if _, err := x.Finish(Responder, unhex(t, share), nil, nil); !errors.Is(err, ErrShare) {
			t.Errorf("share %s: %v, want ErrShare", share, err)
		}
	}
}
