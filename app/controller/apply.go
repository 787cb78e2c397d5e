package controller

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
)

// change is one change of the configuration on its way through apply.
type change struct {
	// ifMatch is the ETag the change is based on; empty or * is any.
	ifMatch string
	// text makes the new content of the user's file out of the old.
	text func(old []byte) ([]byte, error)
	// secrets are values that are not where they belong yet, by the name in
	// the keychain or of the variable. The new text may refer to them.
	secrets map[string]string
	// store puts the secrets where they belong. It runs once everything else
	// is known to be good.
	store func() error
}

// Apply changes the user's file. It is the one path of every change, whoever
// makes it. All that can fail comes before the new configuration is in force:
// edit, validate (every problem at once), resolve keys, compile, check the
// address, write. ifMatch is the ETag of what the edit is based on; empty
// accepts any.
func (c *Controller) Apply(ctx context.Context, edit config.Edit, ifMatch string) error {
	return c.apply(ctx, change{ifMatch: ifMatch, text: editing(c.o.Source.Path, edit)})
}

// editing turns an edit of the document into one of its text.
func editing(path string, edit config.Edit) func([]byte) ([]byte, error) {
	return func(old []byte) ([]byte, error) {
		doc, err := config.ParseDocument(path, old)
		if err != nil {
			return nil, err
		}
		if err := edit(doc); err != nil {
			return nil, explained(err)
		}
		return doc.Bytes()
	}
}

// explained marks what an edit says as meant for a person: it is about their
// file, and says what to do.
func explained(err error) error {
	if _, ok := errors.AsType[*config.InvalidError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{Reason: Conflict, Message: err.Error(), Err: err}
}

func (c *Controller) apply(_ context.Context, ch change) error {
	c.changing.Lock()
	defer c.changing.Unlock()
	files, old, err := readFiles(c.o.Source.Path)
	if err != nil {
		return err
	}
	if !matches(ch.ifMatch, files.user) {
		return ErrStale
	}
	text, err := ch.text(old)
	if err != nil {
		return err
	}
	snapshot, err := c.compile(withSecrets(c.o.Source, ch.secrets), text)
	if err != nil {
		return err
	}
	move, err := c.prepareMove(snapshot.Config().Server)
	if err != nil {
		return err
	}
	defer move.undo()
	if err := c.startAtLogin(snapshot.Config().App.StartAtLogin); err != nil {
		return err
	}
	if ch.store != nil {
		if err := ch.store(); err != nil {
			return err
		}
		// From here on the secret is read from where it really is.
		if snapshot, err = c.compile(c.o.Source, text); err != nil {
			return err
		}
	}
	if !slices.Equal(text, old) {
		if err := config.WriteFile(c.o.Source.Path, text); err != nil {
			return unwritable(c.o.Source.Path, err)
		}
	}
	if files, _, err = readFiles(c.o.Source.Path); err != nil {
		return err
	}
	c.keep(text)
	c.adopt(snapshot, files)
	c.notices.clear(AboutConfig)
	move.finish()
	c.announce()
	return nil
}

// Reload reads the user's files again. When they are broken, what is in force
// stays in force, and a notice says so until they are mended.
func (c *Controller) Reload(context.Context) error { return c.reload(true) }

// reload reads the files again; when they are as they were, only if forced,
// for what they refer to may have changed.
func (c *Controller) reload(forced bool) error {
	c.changing.Lock()
	defer c.changing.Unlock()
	files, text, err := readFiles(c.o.Source.Path)
	if err == nil && !forced && files == *c.files.Load() {
		return nil
	}
	var snapshot *relay.Snapshot
	if err == nil {
		snapshot, err = c.compile(c.o.Source, text)
	}
	if err != nil {
		c.files.Store(&files)
		c.o.Log.Error("the configuration file has problems; the last good one stays in force", "error", err)
		c.notices.set(brokenNotice(err, "The last good configuration stays in force."))
		c.announce()
		return err
	}
	// The file is written already, so what fails now stops nothing else.
	move, moveErr := c.prepareMove(snapshot.Config().Server)
	if err := c.startAtLogin(snapshot.Config().App.StartAtLogin); err != nil {
		c.o.Log.Warn("start at login could not be changed", "error", err)
	}
	c.keep(text)
	c.adopt(snapshot, files)
	c.notices.clear(AboutConfig)
	if moveErr != nil {
		c.notices.set(notMoved(moveErr))
	}
	move.finish()
	c.announce()
	return moveErr
}

// compile makes text ready to serve requests.
func (c *Controller) compile(src config.Source, text []byte) (*relay.Snapshot, error) {
	cfg, err := config.Parse(src, text)
	if err != nil {
		return nil, err
	}
	return c.o.Relay.Compile(cfg)
}

// adopt puts a snapshot into force. Nothing in it can fail.
func (c *Controller) adopt(s *relay.Snapshot, files fingerprint) {
	c.o.Relay.Swap(s)
	c.files.Store(&files)
	c.Routing.adopt()
	if _, running := c.proxy.running(); running {
		c.notices.clear(AboutPort)
	}
	if c.o.Hooks.SetLogLevel != nil {
		c.o.Hooks.SetLogLevel(s.Config().App.LogLevel)
	}
	if notice, missing := keychainNotice(s.Config(), c.o.Vault); missing {
		c.notices.set(notice)
	} else {
		c.notices.clear(AboutKeychain)
	}
}

// keep remembers text as the last good one, for a start with a broken file.
func (c *Controller) keep(text []byte) {
	if len(text) == 0 {
		return
	}
	if err := config.KeepGood(c.o.Source.Path, text); err != nil {
		c.o.Log.Warn("no copy of the configuration could be kept", "error", err)
	}
}

// announce tells everybody that the configuration is another one.
func (c *Controller) announce() {
	c.hub.publish(Event{Type: EventConfig})
	c.publishState()
}

// startAtLogin tells the desktop when the setting differs from what it was.
func (c *Controller) startAtLogin(on bool) error {
	if on == c.Config().App.StartAtLogin {
		return nil
	}
	if c.o.Hooks.SetStartAtLogin == nil {
		return refuse(Unsupported, "this program cannot start itself at login here; use your system's own settings for that")
	}
	return c.o.Hooks.SetStartAtLogin(on)
}

// matches compares an If-Match header with a hash. Lists and weak tags are
// accepted as HTTP has them.
func matches(ifMatch, hash string) bool {
	if ifMatch == "" {
		return true
	}
	for tag := range strings.SplitSeq(ifMatch, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || strings.Trim(tag, `"`) == hash {
			return true
		}
	}
	return false
}

// withSecrets lets text refer to values before they are stored.
func withSecrets(src config.Source, secrets map[string]string) config.Source {
	if len(secrets) == 0 {
		return src
	}
	keyring, getenv := src.Keyring, src.Getenv
	src.Keyring = func(name string) (string, error) {
		if v, ok := secrets[config.KeyringRef(name)]; ok {
			return v, nil
		}
		if keyring == nil {
			return "", errNoKeychain
		}
		return keyring(name)
	}
	src.Getenv = func(name string) (string, bool) {
		if v, ok := secrets[name]; ok {
			return v, true
		}
		if getenv == nil {
			return "", false
		}
		return getenv(name)
	}
	return src
}
