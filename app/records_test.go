package app

import (
	"context"
	"errors"
	"testing"
	"time"
)

// stubStore answers pings; any other question is a nil dereference.
type stubStore struct {
	database
	closed bool
}

func (s *stubStore) Ping(context.Context) error { return nil }
func (s *stubStore) Close() error               { s.closed = true; return nil }

func TestRecordsOpenAgainAfterAFailure(t *testing.T) {
	away := errors.New("away")
	clock := time.Unix(1000, 0)
	opened, stub := 0, &stubStore{}
	r := &records{now: func() time.Time { return clock }, open: func(context.Context) (database, error) {
		if opened++; opened == 1 {
			return nil, away
		}
		return stub, nil
	}}
	ctx := t.Context()
	for range 3 {
		if err := r.Ping(ctx); !errors.Is(err, away) {
			t.Fatalf("while away: err = %v", err)
		}
	}
	if opened != 1 {
		t.Errorf("opened %d times within %v, want 1", opened, reopenEvery)
	}
	clock = clock.Add(reopenEvery)
	for range 3 {
		if err := r.Ping(ctx); err != nil {
			t.Fatalf("when back: err = %v", err)
		}
	}
	if opened != 2 {
		t.Errorf("opened %d times, want 2", opened)
	}
	if err := r.Close(); err != nil || !stub.closed {
		t.Errorf("Close = %v, store closed: %t", err, stub.closed)
	}
	if err := r.Ping(ctx); !errors.Is(err, errClosed) {
		t.Errorf("after Close: err = %v", err)
	}
}

func TestRecordsOpenDespiteACancelledCaller(t *testing.T) {
	r := &records{now: time.Now, open: func(ctx context.Context) (database, error) { return &stubStore{}, ctx.Err() }}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Ping(ctx); err != nil {
		t.Errorf("Ping = %v", err)
	}
}

func TestRecordsNeverOpenedCloses(t *testing.T) {
	r := &records{now: time.Now, open: func(context.Context) (database, error) {
		t.Error("opened")
		return nil, nil
	}}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
