package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/session"
)

// turnOf is a turn whose answer has one message, msg_ID.
func turnOf(id, previous string, at time.Time) *session.Turn {
	return &session.Turn{
		ID: id, Caller: "laptop", Previous: previous, Backend: "fast", Native: true, Created: timeOf(at.UnixMicro()),
		Input:  []json.RawMessage{json.RawMessage(`{"role":"user", "content":"to ` + id + ` <&>"}`)},
		Answer: json.RawMessage(`{"id":"` + id + `","output":[{"type":"message","id":"msg_` + id + `"},{"type":"reasoning"}]}`),
	}
}

func save(t testing.TB, db *DB, turns ...*session.Turn) {
	t.Helper()
	for _, turn := range turns {
		if err := db.SaveTurn(t.Context(), turn); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(turns []session.Turn) string {
	out := []string{}
	for i := range turns {
		out = append(out, turns[i].ID)
	}
	return strings.Join(out, " ")
}

// wantChain checks which turns lead to a response; "" for one that is unknown.
func wantChain(t testing.TB, db *DB, response, want string) {
	t.Helper()
	turns, err := db.Chain(t.Context(), "laptop", response, 0)
	switch {
	case want == "" && !errors.Is(err, session.ErrNotFound):
		t.Errorf("%s: %s, %v; want it gone", response, ids(turns), err)
	case want != "" && (err != nil || ids(turns) != want):
		t.Errorf("%s: chain %s, %v; want %s", response, ids(turns), err, want)
	}
}

// rows counts threads, turns and items.
func rows(t testing.TB, db *DB) string {
	t.Helper()
	var counts []string
	for _, table := range []string{"threads", "turns", "turn_items"} {
		var n int
		if err := db.reader.NewSelect().Table(table).ColumnExpr("count(*)").Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
		counts = append(counts, fmt.Sprint(n))
	}
	return strings.Join(counts, " ")
}

func TestTurnsComeBackAsTheyWere(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		first, second := turnOf("resp_1", "", noon), turnOf("resp_2", "resp_1", noon.Add(time.Second))
		second.Native, second.Backend = false, "Größe\x00"
		save(t, db, first, second, turnOf("resp_3", "resp_1", noon.Add(2*time.Second)))
		save(t, db, second) // sent again
		got, err := db.Chain(t.Context(), "laptop", "resp_2", 0)
		if err != nil {
			t.Fatal(err)
		}
		want := []session.Turn{*first, *second}
		want[1].Previous, want[1].Backend = "", "Größe\uFFFD" // only SaveTurn needs what it follows
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("chain (-want +got):\n%s", diff)
		}
		if turn, err := db.Turn(t.Context(), "laptop", "resp_2"); err != nil || !cmp.Equal(turn, want[1]) {
			t.Errorf("turn %+v, %v", turn, err)
		}
		if got := rows(t, db); got != "1 3 3" {
			t.Errorf("rows %s", got)
		}
		if _, err = db.Chain(t.Context(), "laptop", "resp_2", 100); !errors.Is(err, session.ErrTooLong) {
			t.Errorf("over the limit: %v", err)
		}
	})
}

func TestNobodyFindsWhatIsAnothers(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		save(t, db, turnOf("resp_1", "", noon))
		c := session.Conversation{ID: "conv_1", Caller: "laptop", Created: noon, Metadata: json.RawMessage(`{}`)}
		if err := db.CreateConversation(t.Context(), &c, nil); err != nil {
			t.Fatal(err)
		}
		_, turn := db.Turn(t.Context(), "", "resp_1")
		_, chain := db.Chain(t.Context(), "other", "resp_1", 0)
		_, conversation := db.Conversation(t.Context(), "other", "conv_1")
		_, talk := db.ConversationChain(t.Context(), "other", "conv_1", 0)
		theirs := turnOf("resp_2", "resp_1", noon)
		theirs.Caller = "other"
		added := turnOf("resp_2", "", noon)
		added.Caller, added.Conversation = "other", "conv_1"
		for what, err := range map[string]error{
			"turn": turn, "chain": chain, "conversation": conversation, "items": talk,
			"delete":     db.DeleteTurn(t.Context(), "other", "resp_1"),
			"delete all": db.DeleteConversation(t.Context(), "other", "conv_1"),
			"follow":     db.SaveTurn(t.Context(), theirs),
			"add":        db.SaveTurn(t.Context(), added),
			"nothing":    db.DeleteTurn(t.Context(), "laptop", ""),
			"no name":    db.DeleteConversation(t.Context(), "laptop", ""),
			"too long":   db.DeleteTurn(t.Context(), "laptop", strings.Repeat("x", 9999)),
		} {
			if !errors.Is(err, session.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		held, err := db.Holders(t.Context(), "other", []string{"msg_resp_1", "msg_nobody"})
		if err != nil || len(held) != 1 || !cmp.Equal(held["msg_resp_1"], session.Turn{Caller: "laptop"}) {
			t.Errorf("holders %+v, %v", held, err)
		}
		wantChain(t, db, "resp_1", "resp_1")
	})
}

// TestSameIDTwice is a server that gives each response the same id: the newest
// one counts, and stands on the one before.
func TestSameIDTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		for i := range 3 {
			turn := turnOf("resp_1", "", noon.Add(time.Duration(i)*time.Second))
			if i > 0 {
				turn.Previous = "resp_1"
			}
			save(t, db, turn)
		}
		save(t, db, turnOf("resp_2", "resp_1", noon)) // in the microsecond of the first
		wantChain(t, db, "resp_1", "resp_1 resp_1 resp_1")
		wantChain(t, db, "resp_2", "resp_1 resp_1 resp_1 resp_2")
		theirs := turnOf("resp_1", "", noon)
		theirs.Caller = "other"
		save(t, db, theirs)
		held, err := db.Holders(t.Context(), "laptop", []string{"msg_resp_1"})
		if h := held["msg_resp_1"]; err != nil || h.Caller != "laptop" || !h.Created.Equal(timeOf(noon.UnixMicro()).Add(2*time.Second)) {
			t.Errorf("holder %+v, %v", h, err)
		}
		if err := db.DeleteTurn(t.Context(), "laptop", "resp_1"); err != nil {
			t.Error(err)
		}
		wantChain(t, db, "resp_1", "")
		wantChain(t, db, "resp_2", "resp_1 resp_1 resp_1 resp_2")
	})
}

// TestSameIDElsewhere is a server that gives the responses of two conversations
// the same id, one of them while the other goes on.
func TestSameIDElsewhere(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		first, other := turnOf("resp_1", "", noon), turnOf("resp_1", "", noon)
		other.Input = []json.RawMessage{json.RawMessage(`"another conversation"`)}
		save(t, db, first, first, other, other) // at once, and each sent again
		if got := rows(t, db); got != "2 2 2" {
			t.Errorf("rows %s", got)
		}
		newest, err := db.Turn(t.Context(), "laptop", "resp_1")
		if err != nil || !cmp.Equal(newest.Input, other.Input) {
			t.Errorf("newest %s, %v", newest.Input, err)
		}
		next := turnOf("resp_2", "resp_1", noon.Add(time.Second))
		next.After = first.Created
		save(t, db, turnOf("resp_1", "", noon.Add(time.Millisecond)), next)
		chain, err := db.Chain(t.Context(), "laptop", "resp_2", 0)
		if err != nil || len(chain) != 2 || !cmp.Equal(chain[0].Input, first.Input) || !chain[0].Created.Equal(first.Created) {
			t.Errorf("chain %+v, %v", chain, err)
		}
		next = turnOf("resp_3", "resp_1", noon.Add(time.Second))
		next.After = noon.Add(-time.Second) // no longer there
		if err := db.SaveTurn(t.Context(), next); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("follows what is gone: %v", err)
		}
	})
}

func TestLongChains(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		want, items, previous := []string{}, []string{}, ""
		for i := range 2*turnsAtOnce + 1 {
			id := fmt.Sprintf("resp_%d", i)
			save(t, db, turnOf(id, previous, noon.Add(time.Duration(i)*time.Millisecond)))
			want, items, previous = append(want, id), append(items, "msg_"+id), id
		}
		wantChain(t, db, previous, strings.Join(want, " "))
		held, err := db.Holders(t.Context(), "laptop", items)
		if err != nil || len(held) != len(want) {
			t.Errorf("%d holders, %v", len(held), err)
		}
		for _, id := range want {
			if held["msg_"+id].ID != id {
				t.Errorf("msg_%s is in %s", id, held["msg_"+id].ID)
			}
		}
	})
}

func TestConversations(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		c := session.Conversation{ID: "conv_1", Caller: "laptop", Created: timeOf(noon.UnixMicro()), Metadata: json.RawMessage(`{"a":"ä"}`)}
		first := []json.RawMessage{json.RawMessage(`{"role":"system","content":"x"}`)}
		if err := db.CreateConversation(t.Context(), &c, first); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Conversation(t.Context(), "laptop", "conv_1"); err != nil || !cmp.Equal(got, c) {
			t.Errorf("conversation %+v, %v", got, err)
		}
		empty := session.Conversation{ID: "conv_2", Caller: "laptop", Created: noon, Metadata: json.RawMessage(`{}`)}
		if err := db.CreateConversation(t.Context(), &empty, nil); err != nil {
			t.Fatal(err)
		}
		if turns, err := db.ConversationChain(t.Context(), "laptop", "conv_2", 0); err != nil || len(turns) != 0 {
			t.Errorf("empty conversation: %v, %v", turns, err)
		}
		var wait sync.WaitGroup
		for i := range 8 { // at once, as from several processes: none is lost
			wait.Go(func() {
				turn := turnOf(fmt.Sprintf("resp_%d", i), "", noon.Add(time.Second))
				turn.Conversation = "conv_1"
				if err := db.SaveTurn(t.Context(), turn); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		turns, err := db.ConversationChain(t.Context(), "laptop", "conv_1", 0)
		if err != nil || len(turns) != 9 || !cmp.Equal(turns[0].Input, first) || turns[0].Answer != nil {
			t.Fatalf("conversation %s, %v", ids(turns), err)
		}
		stillSaid := func(after string) {
			t.Helper()
			if now, err := db.ConversationChain(t.Context(), "laptop", "conv_1", 0); err != nil || ids(now) != ids(turns) {
				t.Errorf("after %s: %s, %v", after, ids(now), err)
			}
		}
		remove := func(id string) {
			t.Helper()
			if err := db.DeleteTurn(t.Context(), "laptop", id); err != nil {
				t.Error(err)
			}
			wantChain(t, db, id, "")
		}
		save(t, db, turnOf("branch", turns[4].ID, noon.Add(time.Minute)))
		wantChain(t, db, "branch", ids(turns[:5])+" branch")
		stillSaid("a branch")
		remove(turns[8].ID)
		stillSaid("a response was deleted")
		// Without its name the thread keeps only what a response stands on.
		if err := db.DeleteConversation(t.Context(), "laptop", "conv_1"); err != nil {
			t.Error(err)
		}
		if _, err := db.Conversation(t.Context(), "laptop", "conv_1"); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
		if got := rows(t, db); got != "2 9 8" {
			t.Errorf("rows %s", got)
		}
		for _, turn := range turns[1:8] {
			remove(turn.ID)
		}
		if got := rows(t, db); got != "2 6 5" {
			t.Errorf("rows %s", got)
		}
		wantChain(t, db, "branch", ids(turns[:5])+" branch")
		remove("branch")
		if got := rows(t, db); got != "1 0 0" {
			t.Errorf("rows %s", got)
		}
	})
}

func TestDeletedTurnsGoWhenNobodyStandsOnThem(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		save(t, db, turnOf("a", "", noon), turnOf("b", "a", noon), turnOf("c", "b", noon), turnOf("d", "a", noon))
		remove := func(id string) {
			t.Helper()
			if err := db.DeleteTurn(t.Context(), "laptop", id); err != nil {
				t.Error(err)
			}
			wantChain(t, db, id, "")
		}
		remove("b")
		wantChain(t, db, "c", "a b c")
		if held, err := db.Holders(t.Context(), "laptop", []string{"msg_b"}); err != nil || len(held) != 0 {
			t.Errorf("an item of a deleted response: %v, %v", held, err)
		}
		if got := rows(t, db); got != "1 4 4" {
			t.Errorf("rows %s", got)
		}
		if err := db.DeleteTurn(t.Context(), "laptop", "b"); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
		remove("c")
		if got := rows(t, db); got != "1 2 2" {
			t.Errorf("rows %s", got)
		}
		var counted, taken int64
		if err := db.reader.QueryRowContext(t.Context(), "SELECT bytes FROM threads").Scan(&counted); err != nil {
			t.Fatal(err)
		}
		query := fmt.Sprintf("SELECT sum(length(data) + %d) + %d FROM turns", rowBytes, rowBytes)
		if err := db.reader.QueryRowContext(t.Context(), query).Scan(&taken); err != nil || counted != taken {
			t.Errorf("counted %d bytes of %d, %v", counted, taken, err)
		}
		remove("a")
		wantChain(t, db, "d", "a d")
		remove("d")
		if got := rows(t, db); got != "0 0 0" {
			t.Errorf("rows %s", got)
		}
	})
}

func TestPruneSessionsByAge(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		const day = 24 * time.Hour
		at := func(days int) time.Time { return noon.Add(time.Duration(days) * day) }
		c := session.Conversation{ID: "conv_1", Caller: "laptop", Created: at(0), Metadata: json.RawMessage(`{}`)}
		if err := db.CreateConversation(t.Context(), &c, nil); err != nil {
			t.Fatal(err)
		}
		said := turnOf("said", "", at(1))
		said.Conversation = "conv_1"
		save(t, db, said,
			turnOf("old", "", at(0)), turnOf("old2", "old", at(1)),
			turnOf("a", "", at(0)), turnOf("side", "a", at(1)), turnOf("b", "a", at(20)), turnOf("c", "b", at(40)))
		for range 2 { // the second time there is nothing to do
			if err := db.PruneSessions(t.Context(), at(45), 30*day, 0); err != nil {
				t.Fatal(err)
			}
		}
		for id, want := range map[string]string{"old": "", "old2": "", "a": "", "side": "", "b": "a b", "c": "a b c", "said": ""} {
			wantChain(t, db, id, want)
		}
		// Nobody can name the conversation's old response, but it is still said.
		if turns, err := db.ConversationChain(t.Context(), "laptop", "conv_1", 0); err != nil || ids(turns) != "said" {
			t.Errorf("conversation %s, %v", ids(turns), err)
		}
		if got := rows(t, db); got != "2 4 4" {
			t.Errorf("rows %s", got)
		}
		if err := db.PruneSessions(t.Context(), at(1000), 0, 0); err != nil || rows(t, db) != "2 4 4" {
			t.Errorf("without limits: %s, %v", rows(t, db), err)
		}
	})
}

func TestPruneSessionsBySize(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		big := func(id, previous string, seconds int) *session.Turn {
			turn := turnOf(id, previous, noon.Add(time.Duration(seconds)*time.Second))
			turn.Answer = append(turn.Answer, withBodies(noon, 100_000).Bodies.RequestBody...) // noise
			return turn
		}
		save(t, db, big("a", "", 0), big("b", "", 1), big("c", "", 2), big("a2", "a", 3))
		for _, step := range []struct {
			cap  int64
			left string
		}{{500_000, "a b c a2"}, {350_000, "a c a2"}, {250_000, "a a2"}, {150_000, ""}} {
			if err := db.PruneSessions(t.Context(), noon, 0, step.cap); err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"a", "b", "c", "a2"} {
				_, err := db.Turn(t.Context(), "laptop", id)
				if want := slices.Contains(strings.Fields(step.left), id); want != (err == nil) {
					t.Errorf("cap %d: %s: %v, want it there: %v", step.cap, id, err, want)
				}
			}
		}
		save(t, db, big("d", "", 9)) // pruning stops nobody
	})
}

func TestSessionsSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yallm.db")
	dsn := newDatabase(t)
	for name, o := range map[string]Options{"sqlite": {Path: path}, "postgres": {Backend: Postgres, DSN: dsn}} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			save(t, db, turnOf("a", "", noon), turnOf("b", "a", noon))
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			wantChain(t, openTest(t, o), "b", "a b")
		})
	}
}

func TestWhatCannotBeStored(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		if err := db.SaveTurn(t.Context(), turnOf(strings.Repeat("x", maxName+1), "", noon)); !errors.Is(err, session.ErrRejected) {
			t.Errorf("a long id: %v", err)
		}
		odd := turnOf("odd\x00\xff", "", noon)
		odd.Answer = json.RawMessage(`{"output":[{"id":"` + strings.Repeat("y", maxName+1) + `"},{"id":"i\u0000"},{"id":7},8,{"id":""}]}`)
		save(t, db, odd)
		if _, err := db.Turn(t.Context(), "laptop", "odd\x00\xff"); err != nil {
			t.Error(err)
		}
		held, err := db.Holders(t.Context(), "laptop", []string{"i\x00", "7", "", strings.Repeat("y", maxName+1)})
		if err != nil || len(held) != 1 || held["i\x00"].Answer == nil {
			t.Errorf("holders %v, %v", held, err)
		}
	})
}

func BenchmarkSaveTurn(b *testing.B) {
	db := openTest(b, Options{Path: filepath.Join(b.TempDir(), "yallm.db")})
	for i := 0; b.Loop(); i++ {
		save(b, db, turnOf(fmt.Sprint(i), "", noon.Add(time.Duration(i)*time.Millisecond)))
	}
}

// BenchmarkChain reads a conversation of 100 turns of 4 KiB.
func BenchmarkChain(b *testing.B) {
	db := openTest(b, Options{Path: filepath.Join(b.TempDir(), "yallm.db")})
	previous := ""
	for i := range 100 {
		turn := turnOf(fmt.Sprint(i), previous, noon.Add(time.Duration(i)*time.Millisecond))
		turn.Input = append(turn.Input, json.RawMessage(`"`+strings.Repeat("some words ", 400)+`"`))
		save(b, db, turn)
		previous = turn.ID
	}
	for b.Loop() {
		if turns, err := db.Chain(b.Context(), "laptop", previous, 0); err != nil || len(turns) != 100 {
			b.Fatal(len(turns), err)
		}
	}
}

// FuzzUnpackTurn holds unpackTurn to refuse what it cannot read.
func FuzzUnpackTurn(f *testing.F) {
	var c compressor
	data, _, err := c.packTurn(turnOf("a", "", noon))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(_ *testing.T, data []byte) {
		var t session.Turn
		_ = new(compressor).unpackTurn(data, &t)
	})
}
