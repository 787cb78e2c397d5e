package window

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPlaceIsRemembered(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	first, err := readPlace(folder)
	if err != nil || first != (place{Width: firstWidth, Height: firstHeight}) {
		t.Errorf("first start: %+v, %v", first, err)
	}
	want := place{Width: 1000, Height: 700, X: 10, Y: 20, Moved: true}
	if err := want.write(folder); err != nil {
		t.Fatal(err)
	}
	if got, err := readPlace(folder); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestPlaceThatCannotBeUsed(t *testing.T) {
	tests := map[string]string{"broken": "{", "too small": `{"width":10,"height":10}`}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(placeFile(folder), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readPlace(folder)
			if got.Width != firstWidth || got.Height != firstHeight {
				t.Errorf("got %+v", got)
			}
			if (err != nil) != (name == "broken") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestWindowDoesNotOpenWhereNobodySeesIt(t *testing.T) {
	screens := []screen{{1280, 800}}
	tests := map[string]struct {
		x, y int
		want bool
	}{
		"inside":           {50, 20, true},
		"partly left":      {-200, 20, true},
		"on a lost screen": {2000, 20, false},
		"above":            {50, -30, false},
		"below":            {50, 790, false},
		"far left":         {-1100, 20, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := place{Width: firstWidth, Height: firstHeight, X: test.x, Y: test.y}
			if got := p.visible(screens); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
