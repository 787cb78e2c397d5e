package vault

import (
	"encoding/json"
	"errors"
	"maps"
)

// page is one keychain item: names and their secrets.
type page map[string]string

func decodePage(text string) (page, error) {
	p := page{}
	if err := json.Unmarshal([]byte(text), &p); err != nil || p == nil {
		// The decoder's own words may quote what it read.
		return nil, errors.New("it holds something else than this program wrote")
	}
	return p, nil
}

func (p page) encode() string {
	// A map of strings always encodes.
	text, _ := json.Marshal(p)
	return string(text)
}

func (p page) size() int { return len(p.encode()) }

// holder returns the page that has the secret, or -1. The later page counts:
// a secret that outgrows its page moves to a later one, and is on both until
// the second write is done.
func holder(pages []page, name string) int {
	for i := len(pages) - 1; i >= 0; i-- {
		if _, ok := pages[i][name]; ok {
			return i
		}
	}
	return -1
}

// place puts a secret on a page and says which pages to write, in an order in
// which a crash between two writes loses nothing.
func place(pages []page, name, value string) (edited []page, write []int) {
	at := holder(pages, name)
	first := max(at, 0)
	for i := first; ; i++ {
		if i == len(pages) {
			pages = append(pages, page{})
		}
		grown := maps.Clone(pages[i])
		grown[name] = value
		if grown.size() > pageBytes {
			continue
		}
		pages[i] = grown
		write = append(write, i)
		break
	}
	for i, p := range pages {
		if _, ok := p[name]; ok && i != write[0] {
			delete(p, name)
			write = append(write, i)
		}
	}
	return pages, write
}
