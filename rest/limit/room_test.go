package limit_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/onevent/onevent/rest/limit"
)

const uncounted = 64 << 10

func body(n int) io.ReadCloser { return io.NopCloser(bytes.NewReader(make([]byte, n))) }

func TestBodiesShareOneRoom(t *testing.T) {
	t.Parallel()
	room := limit.NewRoom(1000)
	read := func(n int) (*limit.Body, error) {
		b := room.Body(body(n))
		_, err := io.ReadAll(b)
		return b, err
	}
	first, err := read(uncounted + 600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(uncounted); err != nil {
		t.Errorf("a short body: %v", err)
	}
	second, err := read(uncounted + 401)
	if !errors.Is(err, limit.ErrNoRoom) {
		t.Errorf("a byte more than there is room for: %v", err)
	}
	second.Leave()
	third, err := read(uncounted + 400)
	if err != nil {
		t.Errorf("as much as there is room for: %v", err)
	}
	third.Leave()
	first.Leave()
	if _, err := read(uncounted + 1000); err != nil {
		t.Errorf("the whole room: %v", err)
	}
}

func TestOfACrowdThatMeetsTheEndOfTheRoomTogetherSomeGoOn(t *testing.T) {
	t.Parallel()
	room := limit.NewRoom(1000)
	crowd := make([]*limit.Body, 10)
	for i := range crowd {
		crowd[i] = room.Body(body(uncounted + 300))
		if _, err := io.ReadFull(crowd[i], make([]byte, uncounted)); err != nil {
			t.Fatal(err)
		}
	}
	whole, refused := 0, 0
	for range 7 { // steps of all, the last one finds the end
		for i, b := range crowd {
			if b == nil {
				continue
			}
			switch _, err := io.ReadFull(b, make([]byte, 50)); {
			case errors.Is(err, limit.ErrNoRoom):
				refused++
				crowd[i] = nil
			case err != nil:
				whole++
			}
		}
	}
	if whole != 3 || refused != 7 {
		t.Errorf("%d have room for all of them, %d are refused", whole, refused)
	}
}
